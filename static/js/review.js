"use strict";

// The form of a review. Everything here only shortens the way; the page works without it.
(() => {
  const form = document.querySelector("form[data-review]");
  if (!form) return;

  const rowsOf = (prefix) => form.querySelectorAll(`[data-formset="${prefix}"] [data-formset-row]`);
  const silent = /-(mode|action|phase|times_per_year|DELETE)$/;
  const isBlank = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")].every((field) =>
    silent.test(field.name) || (field.type === "checkbox" ? !field.checked : !field.value.trim()));
  const concluded = () => {
    const stance = form.querySelector("input[name=stance]:checked")?.value;
    if (form.querySelector("input[name=stance]")) return stance ? (stance === "propose" ? "decentralize" : "keep") : "";
    return form.querySelector("input[name=conclusion]:checked")?.value || "";
  };

  // Blank spare rows serve those without JavaScript; here "Thêm dòng" makes them.
  for (const prefix of ["deciders", "transfers", "amendments", "costs"]) {
    const rows = [...rowsOf(prefix)];
    rows.filter(isBlank).forEach((row) => {
      const left = rows.filter((other) => !other.hidden).length;
      if (left > 1) row.hidden = true;
    });
  }

  // A conclusion that needs no transfer or no legal text hides those parts, unless something stands in them.
  function fitToConclusion() {
    const chosen = concluded();
    form.querySelectorAll("[data-only-for]").forEach((part) => {
      const needed = !chosen || part.dataset.onlyFor.split(" ").includes(chosen);
      const rows = [...part.querySelectorAll("[data-formset-row]")];
      const text = [...part.querySelectorAll(".cell > .field textarea")]
        .some((area) => !area.closest("[data-formset-row]") && area.value.trim());
      part.hidden = !needed && !text && rows.every(isBlank);
    });
  }

  // -- the questions: C1 "Không" ends them; an answer against the conclusion asks for its reason
  const questions = [...form.querySelectorAll("[data-criterion]")];
  const answerOf = (question) => question.querySelector("input[type=radio]:checked");
  function fitQuestions() {
    if (!questions.length) return;
    const chosen = concluded();
    const stopped = answerOf(questions[0])?.value === "no";
    questions.forEach((question, place) => {
      question.hidden = stopped && place > 0;
      const against = answerOf(question)?.dataset.against.split(" ").includes(chosen) && Boolean(chosen);
      const reason = question.querySelector("[data-criterion-reason]");
      const area = reason.querySelector("textarea");
      const typed = area.value.trim() !== "";
      question.querySelector("[data-criterion-why]").hidden = !against || typed;
      reason.hidden = !against && !typed && !question.dataset.opened && document.activeElement !== area;
      const open = question.querySelector("[data-criterion-open]");
      if (open) open.hidden = !reason.hidden;
    });
    form.querySelectorAll("[data-criteria-stop]").forEach((box) => { box.hidden = !stopped || chosen === "abolish"; });
    form.querySelectorAll(".criterion-must").forEach((mark) => { mark.hidden = Boolean(chosen) && mark.dataset.for !== chosen; });
  }
  questions.forEach((question) => {
    const open = document.createElement("button");
    open.type = "button";
    open.className = "btn btn-sm btn-link criterion-open";
    open.dataset.criterionOpen = "";
    open.textContent = "Ghi lý do";
    open.setAttribute("aria-label", `Ghi lý do câu ${question.dataset.criterion}`);
    open.addEventListener("click", () => {
      question.dataset.opened = "1";
      fitQuestions();
      question.querySelector("textarea").focus();
    });
    question.querySelector(".criterion-answers").append(open);
    // One letter answers and goes on; Delete takes the answer back.
    question.addEventListener("keydown", (event) => {
      if (event.target.type !== "radio" || event.ctrlKey || event.metaKey || event.altKey) return;
      const value = { c: "yes", k: "no", r: "unsure" }[event.key.toLowerCase()];
      if (!value && !["Delete", "Backspace"].includes(event.key)) return;
      event.preventDefault();
      const radios = [...question.querySelectorAll("input[type=radio]")];
      radios.forEach((radio) => { radio.checked = radio.value === value; });
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
      if (!value) return;
      const reason = question.querySelector("[data-criterion-reason]");
      if (!reason.hidden && !reason.querySelector("textarea").value.trim()) return reason.querySelector("textarea").focus();
      const next = questions.slice(questions.indexOf(question) + 1).find((one) => !one.hidden);
      (next ? answerOf(next) || next.querySelector("input[type=radio]") : radios[0]).focus();
    });
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-conclude]");
    const radio = button && form.querySelector(`input[name=conclusion][value="${button.dataset.conclude}"]`);
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
  });

  const fit = () => { fitToConclusion(); fitQuestions(); };
  form.addEventListener("change", fit);
  form.addEventListener("input", (event) => { if (event.target.closest("[data-criterion-reason]")) fitQuestions(); });
  fit();

  // "Từ cấp" offers first the levels declared above, as they stand now.
  const declared = "Thẩm quyền hiện nay đã khai";
  function offerDeclared() {
    if (!rowsOf("deciders").length) return;
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

  // -- what follows from rows: asked of the server, which alone knows the rules
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ||
    form.elements.csrfmiddlewaretoken?.value || "";
  // A lost session answers with a redirect: no answer, not a fault in the console.
  const post = (address, body, more = {}) => fetch(address, {
    method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-CSRFToken": token(), ...more },
  });
  const content = form.elements.content;
  let composed = null;
  let asking = 0;
  function pairsOf(prefix) {
    const pairs = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (name.startsWith(`${prefix}-`)) pairs.append(name, value);
    return pairs;
  }
  const puts = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };
  // What the department has ruled stays shown as long as its row stays as it was.
  const endsOf = (row) => ["source_level", "target_level", "target_body"]
    .map((name) => row.querySelector(`[name$="-${name}"]`).value).join("|");
  const ruled = new Map([...rowsOf("transfers")].filter((row) => row.querySelector("[data-ruled]"))
    .map((row) => [row, endsOf(row)]));
  async function compute(prefix) {
    const number = asking += 1;
    let told = null;
    try {
      const answer = await post(form.dataset.computedAt, pairsOf(prefix));
      if (answer.ok) told = await answer.json();
    } catch { /* no connection: the page says it again when saved */ }
    if (!told || (prefix === "transfers" && number !== asking)) return;
    const rows = [...rowsOf(prefix)];
    told.moves?.forEach((html, place) => {
      if (rows[place] && ruled.get(rows[place]) !== endsOf(rows[place])) {
        rows[place].querySelector("[data-computed]").innerHTML = html;
      }
    });
    if (told.content !== undefined) compose(told.content);
    if (told.costs) {
      told.costs.lines.forEach((line, place) => puts(rows[place]?.querySelector("[data-computed]"), line));
      puts(form.querySelector("[data-costs-total]"), told.costs.total);
    }
  }
  // The wording follows the transfers as long as nobody has written another.
  function compose(text) {
    if (content && concluded() === "decentralize" && (!content.value.trim() || content.value === composed) &&
        content.value !== text && document.activeElement !== content) {
      content.value = text;
      content.dispatchEvent(new Event("change", { bubbles: true }));
    }
    composed = text;
  }
  let waiting = 0;
  const later = (prefix) => { clearTimeout(waiting); waiting = setTimeout(compute, 300, prefix); };
  form.addEventListener("change", (event) => {
    const box = event.target.closest?.("[data-formset]");
    const prefix = event.target.name === "conclusion" || event.target.name === "stance" ? "transfers" : box?.dataset.formset;
    if (prefix === "transfers") compute(prefix);
    if (prefix === "costs") later(prefix);
  });
  form.addEventListener("input", (event) => {
    if (event.target.closest('[data-formset="costs"]')) later("costs");
  });
  if (content) {
    // What stands there now is the composed wording when the server would word it so.
    post(form.dataset.computedAt, pairsOf("transfers")).then((answer) => answer.ok ? answer.json() : null)
      .then((told) => { if (told && composed === null) composed = told.content; }).catch(() => {});
  }

  // The items of now once more, as those after: only what changes is typed again.
  form.querySelector("[data-costs-after]")?.addEventListener("click", () => {
    const box = form.querySelector('[data-formset="costs"]');
    const value = (row, name) => row.querySelector(`[name$="-${name}"]`)?.value || "";
    const now = [...rowsOf("costs")].filter((row) => !row.hidden && !isBlank(row) && value(row, "phase") === "now");
    const after = [...rowsOf("costs")].filter((row) => !row.hidden && value(row, "phase") === "after").map((row) => value(row, "item"));
    now.filter((row) => !after.includes(value(row, "item"))).forEach((row) => {
      box.querySelector("[data-formset-add]").click();
      const made = [...rowsOf("costs")].at(-1);
      for (const name of ["item", "source", "hours", "hourly_income", "outside_cost", "fee", "times_per_year", "subjects_per_year"]) {
        made.querySelector(`[name$="-${name}"]`).value = value(row, name);
      }
      made.querySelector("[name$='-phase']").value = "after";
    });
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // -- documents cited before
  const offered = document.getElementById("cited-documents");
  const known = new Map();
  let typing = 0;
  let leaving = false;
  form.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  const isNumber = (field) => /^amendments-\d+-number$/.test(field.name || "");
  form.addEventListener("focusin", (event) => {
    if (offered && isNumber(event.target)) event.target.setAttribute("list", offered.id);
  });
  form.addEventListener("input", (event) => {
    if (!offered || !isNumber(event.target)) return;
    if (known.has(event.target.value)) return takeDocument(event.target);
    clearTimeout(typing);
    typing = setTimeout(offerDocuments, 200, event.target);
  });
  form.addEventListener("change", (event) => { if (offered && isNumber(event.target)) takeDocument(event.target); });
  async function offerDocuments(field) {
    if (leaving || field.value.trim().length < 2) return;
    let told = null;
    try {
      const answer = await fetch(`${form.dataset.documentsAt}?${new URLSearchParams({ q: field.value })}`);
      if (answer.ok && !answer.redirected) told = await answer.json();
    } catch { return; }
    // What was handed in stands: an answer that comes after it must not look like typing.
    if (!told || leaving) return;
    offered.replaceChildren(...told.documents.map((one) => {
      known.set(one.number, one);
      const option = new Option(one.label, one.number);
      option.setAttribute("label", one.label);
      return option;
    }));
    takeDocument(field);
  }
  function takeDocument(field) {
    const one = known.get(field.value.trim());
    const row = field.closest("[data-formset-row]");
    if (!one || row.dataset.taken === one.number) return;
    row.dataset.taken = one.number;
    for (const name of ["document_type", "issued_on", "title", "drafting_lead", "issuing_authority"]) {
      const cell = row.querySelector(`[name$="-${name}"]`);
      if (!cell || cell.value || !one[name]) continue;
      const [day, month, year] = String(one[name]).split("/");
      cell.value = name === "issued_on" && cell.type === "date" ? `${year}-${month}-${day}` : one[name];
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // -- usual wordings: Alt and a number puts one in at the cursor
  const boxOf = (name) => form.querySelector(`[data-phrases-of="${name}"]`);
  let lastIn = {};
  form.addEventListener("focusin", (event) => {
    const name = event.target.dataset?.phrases;
    if (name) lastIn[name] = event.target;
  });
  function insert(field, text) {
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  }
  form.addEventListener("keydown", (event) => {
    const name = event.target.dataset?.phrases;
    if (!name || !event.altKey || event.ctrlKey || event.metaKey || !/^Digit\d$/.test(event.code)) return;
    const phrase = boxOf(name)?.querySelector(`[data-phrase="${event.code.at(-1)}"]`);
    event.preventDefault();
    if (phrase) insert(event.target, phrase.textContent);
  });
  form.addEventListener("click", async (event) => {
    const box = event.target.closest("[data-phrases-of]");
    if (!box) return;
    const name = box.dataset.phrasesOf;
    const field = lastIn[name] || form.querySelector(`[data-phrases="${name}"]`);
    const phrase = event.target.closest("[data-phrase]");
    if (phrase) return insert(field, phrase.textContent);
    const drop = event.target.closest("[data-phrase-drop]");
    const keep = event.target.closest("[data-phrase-keep]");
    if (!drop && !keep) return;
    event.preventDefault();
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
    const body = new URLSearchParams(keep ? { field: name, text: chosen.trim() || field.value } : {});
    const address = drop ? drop.getAttribute("formaction") : form.dataset.phrasesAt;
    let html = "";
    try {
      const answer = await post(address, body, { "HX-Request": "true" });
      if (answer.ok) html = await answer.text();
    } catch { return; }
    if (!html) return;
    const list = box.querySelector("[data-phrase-list]");
    const offer = list.querySelector('[data-phrase="0"]')?.closest("li");
    list.outerHTML = html;
    if (offer) box.querySelector(".phrase-list").prepend(offer);
    (box.querySelector("[data-phrase-keep]") || box.querySelector("summary")).focus();
  });

  // -- help one key away: F1 in a field shows what it asks, an example and its ground, and hides it again
  form.addEventListener("keydown", (event) => {
    if (event.key !== "F1" && event.key !== "Escape") return;
    const cell = event.target.closest("[data-help-for]");
    const shown = cell?.querySelector(":scope > .field-tip");
    if (event.key === "Escape" && !shown) return;
    if (!cell) return;
    event.preventDefault();
    if (shown) return shown.remove();
    const entry = form.querySelector(`[data-help="${CSS.escape(cell.dataset.helpFor)}"] dd`);
    if (!entry) return;
    const tip = document.createElement("div");
    tip.className = "field-tip";
    tip.setAttribute("role", "status");
    cell.append(tip);
    tip.innerHTML = entry.innerHTML;
  });

  // -- what is missing, as the server says with every autosave
  const places = {
    deciders: "present", annual_dossiers: "present", criteria: "criteria", amendments: "amendments",
    conclusion: "proposal", transfers: "proposal", reason: "proposal",
  };
  form.addEventListener("portal:told", (event) => {
    const gaps = event.detail?.gaps;
    const list = document.querySelector("[data-missing]");
    if (!gaps || !list) return;
    const link = (address, text) => Object.assign(document.createElement("a"), { href: address, textContent: text });
    list.replaceChildren(...gaps.map((gap) => {
      const item = document.createElement("li");
      item.append(link(`#${gap.field}`, gap.message));
      return item;
    }));
    list.closest("#missing").hidden = !gaps.length;
    const count = form.querySelector("[data-missing-count]");
    count?.replaceChildren(gaps.length ? link("#missing", `Còn thiếu ${gaps.length} nội dung`) : "Đã đủ nội dung bắt buộc");
    form.querySelectorAll("[data-lacks]").forEach((mark) => {
      mark.hidden = !gaps.some((gap) => places[gap.field] === mark.dataset.lacks);
    });
  });
  // A link to what is missing opens its part and puts the cursor in its first empty field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#missing a[href^='#'], .error-summary a[href^='#']");
    const part = link && document.getElementById(link.hash.slice(1));
    if (!part || !form.contains(part)) return;
    part.closest("details")?.setAttribute("open", "");
    part.hidden = false;
    if (part.matches("input, select, textarea")) return;
    event.preventDefault();
    part.scrollIntoView({ block: "start" });
    const fields = [...part.querySelectorAll("select, textarea, input:not([type=hidden])")].filter((field) => field.offsetParent);
    const groups = new Set(fields.filter((field) => field.type === "radio" && field.checked).map((field) => field.name));
    const empty = fields.find((field) => field.type === "radio" ? !groups.has(field.name) : field.type !== "checkbox" && !field.value);
    (empty || fields[0])?.focus({ preventScroll: true });
  });

  // Ctrl+S saves the draft.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    const save = form.querySelector("button[name=button][value=save]");
    if (!save) return;
    event.preventDefault();
    form.requestSubmit(save);
  });
})();
