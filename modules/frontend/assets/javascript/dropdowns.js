// In a dropdown that is entered, typing searches at once: its text is selected.

export function startDropdowns() {
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.('input[role="combobox"]')) target.select();
  });
}
