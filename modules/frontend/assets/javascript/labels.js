// Names for what shows only an icon or a picture; what is to be read out when it changes.

export function startLabels() {
  for (const button of document.querySelectorAll("button.tool")) {
    button.title ||= button.textContent.trim();
    button.setAttribute("aria-label", button.title);
  }
  for (const line of document.querySelectorAll(".html-log, #quicksettings_message")) {
    line.setAttribute("aria-live", "polite");
  }
}
