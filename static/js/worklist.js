"use strict";

// The work list and its forms by keyboard. Everything also works with links and buttons.
(() => {
  const help = document.querySelector("dialog[data-keys]");
  const table = document.querySelector("table[data-rows]");
  const form = document.querySelector("form[data-review]");

  // -- help
  const showHelp = () => { if (help?.showModal && !help.open) help.showModal(); };
  document.querySelectorAll("[data-keys-open]").forEach((link) => link.addEventListener("click", (event) => {
    if (!help?.showModal || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    showHelp();
  }));

  // A letter or a number is a command only where nothing is being typed or chosen.
  const typing = (target) => target.closest("select, textarea, [contenteditable], dialog")
    || target.matches("input:not([type=radio], [type=checkbox], [type=submit], [type=button])");

  // -- rows of the list
  const links = () => [...table.querySelectorAll("tbody td.code a")];
  function moveTo(step) {
    const all = links();
    const here = all.indexOf(document.activeElement.closest("tr")?.querySelector("td.code a"));
    const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step];
    next?.focus();
    next?.closest("tr").scrollIntoView({ block: "nearest" });
  }
  function tick() {
    const box = document.activeElement.closest("tr")?.querySelector("input[name=review]:not(:disabled)");
    if (!box) return false;
    box.click();
    return true;
  }

  // -- the form
  const button = (...values) => values.map((value) => form.querySelector(`button[name=button][value=${value}]`)).find(Boolean);
  function conclude(number) {
    const choices = form.querySelectorAll("input[type=radio][name=stance]");
    const all = [...(choices.length ? choices : form.querySelectorAll("input[type=radio][name=conclusion]"))].filter((one) => one.value);
    const chosen = all[number - 1];
    if (!chosen) return false;
    chosen.click();
    chosen.focus();
    return true;
  }
  function toReason() {
    const field = form.querySelector("textarea[name=reason]");
    if (!field) return false;
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    return true;
  }
  function follow(rel) {
    const link = document.querySelector(`a[rel=${rel}]`);
    link?.click();
    return Boolean(link);
  }

  const onList = {
    j: () => moveTo(1), ArrowDown: () => moveTo(1), k: () => moveTo(-1), ArrowUp: () => moveTo(-1), x: tick,
  };
  const onForm = { n: () => follow("next"), p: () => follow("prev"), r: toReason };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const pressed = event.shiftKey ? button("finish_next", "finish") : button("save_next", "save");
      if (!pressed) return;
      event.preventDefault();
      form.requestSubmit(pressed);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && form?.contains(event.target) && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      showHelp();
      return;
    }
    // Arrows belong to a group of choices while it has the focus.
    if (event.key.startsWith("Arrow") && event.target.matches("input[type=radio]")) return;
    let done = false;
    if (table && onList[event.key]) done = onList[event.key]() !== false;
    else if (form && onForm[event.key]) done = onForm[event.key]();
    else if (form && /^[1-6]$/.test(event.key)) done = conclude(Number(event.key));
    if (done) event.preventDefault();
  });
})();
