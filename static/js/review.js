"use strict";

// The form of a review. Everything here only shortens the way; the page works without it.
(() => {
  const form = document.querySelector("form[data-review]");
  if (!form) return;

  const rowsOf = (prefix) => form.querySelectorAll(`[data-formset="${prefix}"] [data-formset-row]`);
  const silent = /-(mode|action|DELETE)$/;
  const isBlank = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")].every((field) =>
    silent.test(field.name) || (field.type === "checkbox" ? !field.checked : !field.value.trim()));

  // Blank spare rows serve those without JavaScript; here "Thêm dòng" makes them.
  for (const prefix of ["deciders", "transfers", "amendments"]) {
    const rows = [...rowsOf(prefix)];
    rows.filter(isBlank).forEach((row) => {
      const left = rows.filter((other) => !other.hidden).length;
      if (left > 1) row.hidden = true;
    });
  }

  // A conclusion that needs no transfer or no legal text hides those parts, unless something stands in them.
  function fitToConclusion() {
    const chosen = form.querySelector("input[name=conclusion]:checked")?.value;
    form.querySelectorAll("section[data-only-for]").forEach((section) => {
      const needed = !chosen || section.dataset.onlyFor.split(" ").includes(chosen);
      const rows = [...section.querySelectorAll("[data-formset-row]")];
      const text = [...section.querySelectorAll(":scope > .field textarea")].some((area) => area.value.trim());
      section.hidden = !needed && !text && rows.every(isBlank);
    });
  }
  form.addEventListener("change", fitToConclusion);
  fitToConclusion();

  // "Từ cấp" offers first the levels declared above, as they stand now.
  const declared = "Thẩm quyền hiện nay đã khai";
  function offerDeclared() {
    const levels = new Map();
    rowsOf("deciders").forEach((row) => {
      const select = row.querySelector("select[name$='-level']");
      if (!row.hidden && select?.value) levels.set(select.value, select.selectedOptions[0].textContent);
    });
    form.querySelectorAll("select[name$='-source_level']").forEach((select) => {
      const chosen = select.value;
      let group = select.querySelector(`optgroup[label="${declared}"]`);
      if (!group) {
        group = document.createElement("optgroup");
        group.label = declared;
        select.insertBefore(group, select.options[0]?.nextSibling || null);
      }
      group.replaceChildren();
      for (const [code, label] of levels) group.append(new Option(label, code));
      if (!levels.size) group.remove();
      select.value = chosen;
      // One level declared and nothing chosen: there is nothing else to choose.
      const row = select.closest("[data-formset-row]");
      if (!select.value && levels.size === 1 && row.querySelector("select[name$='-target_level']")?.value) {
        select.value = [...levels.keys()][0];
      }
    });
  }
  form.addEventListener("change", (event) => {
    if (/-(level|target_level)$/.test(event.target.name || "") || event.target.matches("[data-formset]")) offerDeclared();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-formset-add]")) offerDeclared();
  });
  offerDeclared();

  // Ctrl+S saves the draft.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    const save = form.querySelector("button[name=button][value=save]");
    if (!save) return;
    event.preventDefault();
    form.requestSubmit(save);
  });
})();
