// The cards of one page as they are seen: put into the page piece by piece as it is scrolled, so that thousands do not
// hold it up. Keys move from card to card.

import { state } from "./lifecycle.js";
import { insertionOf, isInPrompts } from "./network_prompts.js";

const PIECE = 80;
const AHEAD = "900px";

export class CardView {
  // `selected` says of a card without an insertion whether it is the one in use, as of checkpoints.
  constructor(place, pane, selected) {
    this.place = place;
    this.pane = pane;
    this.selected = selected;
    this.cards = [];
    this.shown = 0;
    this.end = document.createElement("div");
    this.end.className = "extra-network-end";
    this.watch = new IntersectionObserver(([entry]) => entry.isIntersecting && this.more(), { rootMargin: AHEAD, scrollMargin: AHEAD });
    place.addEventListener("keydown", (event) => this.onKey(event));
  }

  show(cards) {
    this.cards = cards;
    this.shown = 0;
    this.place.replaceChildren(this.end);
    this.place.scrollTop = 0;
    this.more();
  }

  more() {
    const piece = this.cards.slice(this.shown, this.shown + PIECE);
    this.shown += piece.length;
    this.end.insertAdjacentHTML("beforebegin", piece.map((card) => card.html).join(""));
    this.mark([...this.place.querySelectorAll(".card")].slice(this.shown - piece.length));
    // Watched anew, it is told again where the end is, also if it came back into sight at once.
    this.watch.unobserve(this.end);
    if (this.shown < this.cards.length) this.watch.observe(this.end);
  }

  // Marks cards that are in the prompts, or in use.
  mark(cards = this.place.querySelectorAll(".card")) {
    const { tab, negative } = this.pane.dataset;
    for (const card of cards) {
      const insertion = insertionOf(card);
      const isOn = insertion ? isInPrompts(tab, insertion, Boolean(negative)) : this.selected(card);
      card.classList.toggle("in-use", isOn);
      card.querySelector(".card-main").setAttribute("aria-pressed", String(isOn));
    }
  }

  // Puts a card in place of the one of the same name.
  replace(name, html) {
    const known = this.cards.find((card) => card.name === name);
    if (known) known.html = html;
    for (const old of this.place.querySelectorAll(".card")) {
      if (old.dataset.name !== name) continue;
      const holder = document.createElement("template");
      holder.innerHTML = html;
      const made = holder.content.firstElementChild;
      old.replaceWith(made);
      this.mark([made]);
    }
  }

  focus(name) {
    const found = [...this.place.querySelectorAll(".card")].find((card) => card.dataset.name === name);
    (found ?? this.place.querySelector(".card"))?.querySelector(".card-main").focus();
  }

  onKey(event) {
    const from = event.target.closest(".card-main");
    if (!from || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = [...this.place.querySelectorAll(".card-main")];
    const at = all.indexOf(from);
    const top = from.parentElement.offsetTop;
    const columns = all.filter((each) => each.parentElement.offsetTop === all[0].parentElement.offsetTop).length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = all[at + step];
    if (next) next.focus();
    else if (event.key === "ArrowUp" && top === all[0].parentElement.offsetTop) this.pane.querySelector("[type=search]").focus();
  }
}

export const hiddenCards = () => state.opts.extra_networks_hidden_models ?? "When searched";
