// In a narrow window the columns are stacked: Generate then stands between the settings and the pictures.

import { byId } from "./dom.js";

export function startMobileLayout(tab) {
  const narrow = matchMedia("(max-width: 704px)");
  const box = byId(`${tab}_generate_box`);
  const home = box.parentElement;
  const place = () => {
    const focused = document.activeElement;
    box.classList.toggle("mobile", narrow.matches);
    if (narrow.matches) byId(`${tab}_results`).before(box);
    else home.prepend(box);
    if (box.contains(focused)) focused.focus({ preventScroll: true });
  };
  narrow.addEventListener("change", place);
  if (narrow.matches) place();
}
