"use strict";

// The quick review by keyboard, and the ticks of a change of many forms. Everything also works without it.
(() => {
  // -- a part in which something is chosen or typed is a part to set
  const bulk = document.querySelector("form[data-bulk]");
  bulk?.addEventListener("input", (event) => {
    const part = event.target.closest("[data-part]");
    const tick = part?.querySelector("input[name=part]");
    if (!tick || event.target === tick) return;
    const field = event.target;
    if (field.type === "checkbox" ? field.checked : field.value.trim()) tick.checked = true;
  });

  const list = document.querySelector("[data-quick-list]");
  if (!list) return;

  const rows = () => [...list.querySelectorAll("form[data-quick]")];
  const isText = (field) => field.matches("textarea, input:not([type=radio]):not([type=checkbox])");
  const focusIn = (form, name) => {
    const field = (name && form.elements[name]) || form.querySelector("select, input[name=reason], textarea");
    (field?.focus ? field : form.querySelector("select")).focus();
    form.closest("li").scrollIntoView({ block: "nearest" });
  };
  const neighbour = (form, step) => {
    const all = rows();
    return all[all.indexOf(form) + step];
  };
  // One name stands for the first column whether it holds conclusions or a province's answers.
  const nameOf = (field, form) => (["conclusion", "stance"].includes(field.name) ? form?.querySelector("select").name : field.name);

  // -- state of a row: unsaved until it comes back
  list.addEventListener("input", (event) => {
    const state = event.target.closest("form[data-quick]")?.querySelector(".quick-state");
    if (!state) return;
    state.textContent = "Chưa lưu";
    state.classList.add("quick-unsaved");
  });

  let goOn = null;
  list.addEventListener("keydown", (event) => {
    const form = event.target.closest("form[data-quick]");
    if (!form || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.target.matches("button, a")) {
      event.preventDefault();
      goOn = { row: form.closest("li").id, name: event.target.name };
      form.requestSubmit();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const next = neighbour(form, event.key === "ArrowDown" ? 1 : -1);
      if (next) focusIn(next, nameOf(event.target, next));
      return;
    }
    if (/^[1-6]$/.test(event.key) && !isText(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const select = form.querySelector("select");
      const option = select.options[Number(event.key)];
      if (!option) return;
      event.preventDefault();
      select.value = option.value;
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  // -- after a save: on to the next row, or back to what is wrong
  list.addEventListener("htmx:afterSwap", () => {
    if (!goOn) return;
    const row = document.getElementById(goOn.row);
    const form = row?.querySelector("form[data-quick]");
    const target = row?.matches("[data-wrong]") ? form : (form && neighbour(form, 1)) || form;
    if (target) focusIn(target, goOn.name === "conclusion" || goOn.name === "stance" ? target.querySelector("select").name : goOn.name);
    goOn = null;
  });

  // -- several cells pasted anywhere in the list are a block, not a text
  const holder = document.querySelector("details[data-paste]");
  list.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!/\t/.test(text) && !/\S\r?\n\S/.test(text)) return;
    event.preventDefault();
    holder.open = true;
    const form = holder.querySelector("form");
    form.elements.block.value = text;
    const row = event.target.closest("li");
    if (row) form.elements.start.value = row.id.replace("row-", "");
    form.querySelector("button[value=preview]").focus();
  });
})();
