"use strict";

// What is typed in the form of a review goes to the server by itself, and to a draft in this browser until it is there.
(() => {
  const form = document.querySelector("form[data-review]");
  const box = document.querySelector("[data-autosave]");
  if (!form || !box) return;

  const { autosave: address, user, review, login } = box.dataset;
  const pageVersion = Number(form.elements.version.value) || 0;
  const hidden = (name) => box.querySelector(`input[name="${name}"]`);
  const revision = hidden("revision").value;
  const arrived = JSON.parse(box.dataset.tabs || "{}");
  const tab = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36)).join("");
  const DAY = 24 * 60 * 60 * 1000;
  const PAUSE = 1000;
  const LONGEST = 5000;
  const BEAT = 20000;
  const MAX_LEAVING = 60000;
  const CLOSING = 20000;

  // -- the one line that says how things stand
  const line = box.querySelector("[data-autosave-state]");
  form.querySelector(".form-buttons-sticky")?.append(line);
  function say(text, kind = "", link = "") {
    if (line.dataset.kind === kind && line.textContent === text) return;
    line.dataset.kind = kind;
    line.textContent = text;
    if (!link) return;
    line.textContent = text.slice(0, -link.length);
    const anchor = document.createElement("a");
    anchor.href = `${login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    anchor.textContent = link;
    // The draft of this browser holds everything: leaving for the sign-in page loses nothing.
    anchor.addEventListener("click", () => form.dispatchEvent(new Event("portal:saved")));
    line.append(anchor);
  }

  // -- the form as groups: a field, or a whole table of rows
  const apart = /^(csrfmiddlewaretoken|version|revision|tab|was|number|touched|button|user|keep_.*)$/;
  const tables = [...form.elements].map((field) => field.name || "").filter((name) => name.endsWith("-TOTAL_FORMS"))
    .map((name) => name.slice(0, -"-TOTAL_FORMS".length));
  const groupOf = (name) => tables.find((prefix) => name.startsWith(`${prefix}-`)) || name;
  const isField = (field) => field.name && !field.disabled && !apart.test(field.name) &&
    !["submit", "button", "reset", "image", "file", "fieldset"].includes(field.type);

  function pairsOf(field) {
    if (field.type === "radio") return field.checked ? [[field.name, field.value]] : [];
    if (field.type === "checkbox") return [[field.name, field.checked ? field.value : ""]];
    if (field.type === "select-multiple") return [...field.selectedOptions].map((one) => [field.name, one.value]);
    return [[field.name, field.value]];
  }

  function read() {
    const groups = new Map();
    for (const field of form.elements) {
      if (!isField(field)) continue;
      const group = groupOf(field.name);
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(...pairsOf(field));
    }
    for (const [group, pairs] of groups) groups.set(group, JSON.stringify(pairs));
    return groups;
  }

  const loaded = read();
  const known = new Map(loaded);   // what the server has, as far as this page knows
  const begunFrom = new Map();     // fields taken over from a draft: the version they were begun from
  let number = 0;
  let was = "";

  function dirty() {
    const found = new Map();
    for (const [group, state] of read()) if (state !== known.get(group)) found.set(group, state);
    return found;
  }
  const touched = () => [...read()].filter(([group, state]) => state !== loaded.get(group)).map(([group]) => group);

  // -- the draft kept in this browser: of this person, this review, this version, this tab
  const prefix = "portal:draft:";
  const mine = `${prefix}${user}:${review}:`;
  const key = `${mine}${pageVersion}:${tab}`;
  const store = {
    get(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full or forbidden */ } },
    remove(name) { try { localStorage.removeItem(name); } catch { /* forbidden */ } },
    names() { try { return Object.keys(localStorage).filter((name) => name.startsWith(prefix)); } catch { return []; } },
  };

  function keepDraft() {
    const fields = dirty();
    if (!fields.size) return store.remove(key);
    const kept = {};
    for (const [group, state] of fields) kept[group] = { version: begunFrom.get(group) ?? pageVersion, pairs: state };
    store.set(key, { at: Date.now(), tab, number: number + 1, fields: kept });
  }

  function put(field, values) {
    const value = values.get(field.name);
    if (field.type === "radio") field.checked = value === field.value;
    else if (value === undefined) return;
    else if (field.type === "checkbox") field.checked = value === field.value;
    else field.value = value;
  }

  function show(group, state) {
    const values = new Map(JSON.parse(state));
    const rows = form.querySelector(`[data-formset="${CSS.escape(group)}"]`);
    const wanted = Number(values.get(`${group}-TOTAL_FORMS`));
    const total = form.elements[`${group}-TOTAL_FORMS`];
    if (rows && total) {
      for (let tries = 0; tries < 100 && Number(total.value) < wanted; tries += 1) {
        rows.querySelector("[data-formset-add]")?.click();
      }
    }
    for (const field of form.elements) {
      if (!isField(field) || groupOf(field.name) !== group) continue;
      if (/-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(field.name)) continue;
      put(field, values);
    }
    rows?.querySelectorAll("[data-formset-row]").forEach((row, place) => {
      const remove = row.querySelector("[data-formset-delete] input");
      if (place >= wanted && remove) remove.checked = true;
      const typed = [...row.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")]
        .some((field) => field.value.trim());
      row.hidden = remove?.checked || (row.hidden && !typed);
    });
    (rows || form.elements[group]?.[0] || form.elements[group])
      ?.dispatchEvent?.(new Event("change", { bubbles: true }));
  }

  async function takeOverDrafts() {
    let open = [];
    try { open = (await navigator.locks.query()).held.map((lock) => lock.name); } catch { /* not on plain http */ }
    for (const name of store.names()) {
      const draft = store.get(name);
      if (!draft || Date.now() - draft.at > 30 * DAY) store.remove(name);
    }
    const left = store.names().filter((name) => name.startsWith(mine) && name !== key);
    takeOver(left.filter((name) => !open.includes(name)));
    // A tab closed this very moment lets go of its name a little later; one that stays open keeps it.
    for (const name of left.filter((one) => open.includes(one))) {
      navigator.locks.request(name, { signal: AbortSignal.timeout(CLOSING) }, () => takeOver([name], dirty())).catch(() => {});
    }
  }

  function takeOver(names, typedSince = new Map()) {
    let latest = 0;
    for (const name of names) {
      const draft = store.get(name);
      if (!draft || Object.keys(draft.fields).some((group) => typedSince.has(group))) continue;
      if ((arrived[draft.tab] || 0) < draft.number) {
        for (const [group, { version, pairs }] of Object.entries(draft.fields)) {
          if (!loaded.has(group) || loaded.get(group) === pairs) continue;
          show(group, pairs);
          begunFrom.set(group, Math.min(version, pageVersion));
          was = draft.tab;
          latest = Math.max(latest, draft.at);
        }
      }
      keepDraft();
      store.remove(name);
    }
    if (!latest) return;
    document.activeElement?.blur?.();
    window.scrollTo(0, 0);
    const at = new Date(latest);
    const two = (value) => String(value).padStart(2, "0");
    const told = box.querySelector("[data-autosave-restored]");
    const sentence = told.querySelector("p") || told.appendChild(document.createElement("p"));
    sentence.textContent = "Đã khôi phục nội dung nhập lúc " +
      `${two(at.getHours())}:${two(at.getMinutes())} ngày ${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}` +
      ", chưa kịp gửi lên máy chủ.";
    told.hidden = false;
    send();
  }

  // -- sending
  let flying = null;      // what is on its way, kept until answered so that it arrives once
  let timer = 0;
  let firstTyped = 0;
  let failures = 0;
  let over = false;       // refused, or the page is being left
  let sent = false;       // something of this page waits in the working copy

  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ||
    form.elements.csrfmiddlewaretoken?.value || "";

  function message(fields, more = {}) {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: token(), user, revision, tab, was, version: pageVersion, number: 0, ...more,
    });
    if (fields) body.set("touched", [...fields.keys()].join(","));
    for (const state of fields?.values() || []) for (const [name, value] of JSON.parse(state)) body.append(name, value);
    return body;
  }

  function post(body, more = {}) {
    return fetch(address, {
      method: "POST", body, redirect: "manual", credentials: "same-origin",
      headers: { "X-CSRFToken": token() }, ...more,
    });
  }

  function next() {
    const fields = dirty();
    const version = fields.size ? Math.min(...[...fields.keys()].map((group) => begunFrom.get(group) ?? pageVersion)) : 0;
    for (const group of [...fields.keys()]) {
      if ((begunFrom.get(group) ?? pageVersion) !== version) fields.delete(group);
    }
    return fields.size ? { fields, version } : null;
  }

  async function send() {
    clearTimeout(timer);
    timer = 0;
    if (over || flying?.busy) return;
    if (!flying) {
      flying = next();
      if (!flying) return;
      number += 1;
      flying.body = message(flying.fields, { version: flying.version, number });
    }
    flying.busy = true;
    firstTyped = 0;
    say("Đang lưu…", "busy");
    let answer = null;
    try { answer = await post(flying.body); } catch { /* no connection */ }
    flying.busy = false;
    if (!answer) return again("Chưa lưu: mất kết nối");
    await take(answer);
  }

  async function take(answer) {
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      return again("Chưa lưu: phiên đã hết, đăng nhập lại", "đăng nhập lại");
    }
    let told = null;
    try { told = await answer.json(); } catch { /* a page, not an answer */ }
    if (answer.status === 403) return again("Chưa lưu: phiên làm việc đã thay đổi, hãy tải lại trang");
    if (!told || answer.status >= 500) return again("Chưa lưu: máy chủ chưa trả lời, sẽ tự thử lại");
    if (!answer.ok) {
      over = true;
      return say(told.text, "bad");
    }
    failures = 0;
    for (const [group, state] of flying.fields) known.set(group, state);
    flying = null;
    sent = true;
    keepDraft();
    const left = dirty();
    if (!left.size) form.dispatchEvent(new Event("portal:saved"));
    tell(told);
    if (left.size) later();
  }

  function tell(told) {
    form.dispatchEvent(new CustomEvent("portal:told", { detail: told }));
    if (told.people !== undefined) {
      const people = box.querySelector("[data-people]");
      if (people.textContent !== told.people) people.textContent = told.people;
      people.hidden = !told.people;
    }
    if (told.text) say(told.text, told.state === "saved" ? "good" : "bad");
  }

  function again(text, link = "") {
    say(text, "bad", link);
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(send, Math.min(60000, 1000 * 2 ** failures));
  }

  function later() {
    if (over || failures) return;
    firstTyped ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(send, Math.max(0, Math.min(PAUSE, firstTyped + LONGEST - Date.now())));
  }

  function typed() {
    keepDraft();
    if (dirty().size) later();
  }
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("click", (event) => {
    if (event.target.closest("button[type=button]")) setTimeout(typed);
  });
  const retry = () => { if (flying || dirty().size) { failures = 0; send(); } };
  window.addEventListener("online", retry);
  window.addEventListener("focus", retry);

  // -- being there: told every twenty seconds while the page is in sight
  async function beat() {
    if (over || flying || document.visibilityState !== "visible") return;
    let answer = null;
    try { answer = await post(message(null)); } catch { return; }
    if (over || flying) return;
    if (answer.type === "opaqueredirect") return say("Chưa lưu: phiên đã hết, đăng nhập lại", "bad", "đăng nhập lại");
    if (!answer.ok) return;
    const told = await answer.json();
    if (told.state === "saved") delete told.text;
    if (!dirty().size) tell(told);
  }
  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") beat();
    else if (!over && dirty().size) send();
  });

  // -- leaving: by the form's own buttons, or any other way
  form.addEventListener("submit", () => {
    over = true;
    clearTimeout(timer);
    keepDraft();
    number += 1;
    hidden("tab").value = tab;
    hidden("number").value = number;
    const names = touched();
    hidden("touched").value = names.length ? names.join(",") : "-";
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    over = false;
    typed();
  });
  window.addEventListener("pagehide", () => {
    if (over) return;
    keepDraft();
    const left = next();
    if (!left && !sent) return;
    over = true;
    number += 1;
    let body = message(left?.fields, { version: left?.version ?? pageVersion, number: left ? number : 0, leaving: 1 });
    if (body.toString().length > MAX_LEAVING) body = message(null, { leaving: 1 });
    post(body, { keepalive: true }).catch(() => {});
  });

  try { navigator.locks.request(key, () => new Promise(() => {})).catch(() => {}); } catch { /* not on plain http */ }
  takeOverDrafts();
  setTimeout(beat, 500);
})();
