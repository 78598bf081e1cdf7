"use strict";

// Small helpers of every page. Each page also works without them.
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // -- messages: one live region, filled by the server or from here
  function notify(text, level = "error") {
    const region = document.getElementById("messages");
    if (!region) return;
    const box = document.createElement("div");
    box.className = `alert alert-${level}`;
    box.textContent = text;
    region.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }

  // -- confirmation: <form data-confirm="Câu hỏi"> or <button data-confirm="Câu hỏi">
  function ask(question, { title, ok }) {
    const dialog = document.createElement("dialog");
    if (typeof dialog.showModal !== "function") {
      return Promise.resolve(window.confirm(question));
    }
    dialog.className = "confirm";
    dialog.setAttribute("aria-labelledby", "confirm-title");
    dialog.setAttribute("aria-describedby", "confirm-text");
    const form = document.createElement("form");
    form.method = "dialog";
    const heading = document.createElement("h2");
    heading.id = "confirm-title";
    heading.textContent = title || "Xác nhận";
    const text = document.createElement("p");
    text.id = "confirm-text";
    text.textContent = question;
    const buttons = document.createElement("div");
    buttons.className = "confirm-buttons";
    const button = (label, value, style) => {
      const element = document.createElement("button");
      element.className = `btn ${style}`;
      element.value = value;
      element.textContent = label;
      buttons.append(element);
    };
    button("Quay lại", "no", "btn-outline-secondary");
    button(ok || "Đồng ý", "yes", "btn-primary");
    form.append(heading, text, buttons);
    dialog.append(form);
    document.body.append(dialog);
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        resolve(dialog.returnValue === "yes");
        dialog.remove();
      });
      dialog.showModal();
    });
  }

  const confirmed = new WeakSet();
  window.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    const source = submitter?.dataset.confirm ? submitter : form;
    const question = source.dataset?.confirm;
    if (!question || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, { title: source.dataset.confirmTitle, ok: source.dataset.confirmOk }).then((yes) => {
      if (!yes) return;
      confirmed.add(form);
      form.requestSubmit(submitter || undefined);
      confirmed.delete(form);
    });
  }, true);

  // -- a second click on the same button within three seconds does nothing
  const sentAt = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (Date.now() - (sentAt.get(form) || 0) < 3000) event.preventDefault();
    else sentAt.set(form, Date.now());
  });

  // -- unsaved changes: <form data-guard>; dispatch "portal:saved" on the form after an autosave
  const savedState = new Map();
  const stateOf = (form) => {
    const pairs = [];
    // Boxes beside the form that only send with it (what to copy from a precedent) are not its content.
    const beside = new Set([...form.elements].filter((one) => !form.contains(one)).map((one) => one.name));
    for (const [name, value] of new FormData(form)) {
      if (beside.has(name)) continue;
      pairs.push([name, value instanceof File ? value.name : value]);
    }
    return JSON.stringify(pairs);
  };
  function watch(form) {
    if (savedState.has(form)) return;
    savedState.set(form, form.querySelector("[data-error-summary]") ? null : stateOf(form));
    form.addEventListener("portal:saved", () => savedState.set(form, stateOf(form)));
  }
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) savedState.delete(event.target);
  });
  window.addEventListener("beforeunload", (event) => {
    for (const [form, state] of savedState) {
      if (form.isConnected && stateOf(form) !== state) {
        event.preventDefault();
        event.returnValue = "";
        return;
      }
    }
  });

  // -- rows of a formset: <div data-formset="prefix">
  function setUpFormset(box) {
    const prefix = box.dataset.formset;
    const rows = box.querySelector("[data-formset-rows]");
    const template = box.querySelector("template[data-formset-template]");
    const add = box.querySelector("[data-formset-add]");
    const total = box.querySelector(`input[name="${prefix}-TOTAL_FORMS"]`);
    if (!rows || !template || !total) return;
    const max = Number(box.dataset.formsetMax || 1000);
    const setUpRow = (row) => {
      const remove = row.querySelector("[data-formset-remove]");
      if (!remove) return;
      remove.hidden = false;
      row.querySelector("[data-formset-delete]")?.setAttribute("hidden", "");
    };
    rows.querySelectorAll("[data-formset-row]").forEach(setUpRow);
    const refresh = () => { if (add) add.hidden = Number(total.value) >= max; };
    refresh();
    box.addEventListener("click", (event) => {
      const remove = event.target.closest("[data-formset-remove]");
      if (remove) {
        const row = remove.closest("[data-formset-row]");
        const mark = row.querySelector("[data-formset-delete] input");
        if (mark) mark.checked = true;
        else row.querySelectorAll("input:not([type=hidden]), select, textarea").forEach((field) => {
          if (field.type === "checkbox" || field.type === "radio") field.checked = false;
          else field.value = "";
        });
        row.hidden = true;
        row.querySelectorAll("[required]").forEach((field) => { field.required = false; });
        (add && !add.hidden ? add : box).focus();
        box.dispatchEvent(new Event("change", { bubbles: true }));
      } else if (add && event.target.closest("[data-formset-add]") && Number(total.value) < max) {
        const holder = document.createElement("template");
        holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
        const row = holder.content.querySelector("[data-formset-row]");
        rows.append(row);
        total.value = Number(total.value) + 1;
        setUpRow(row);
        refresh();
        window.htmx?.process(row);
        row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      }
    });
  }

  // -- everything that must also happen in content brought by htmx
  function setUp(scope) {
    const all = (selector) => [
      ...(scope.matches?.(selector) ? [scope] : []),
      ...scope.querySelectorAll(selector),
    ];
    all("form[data-guard]").forEach(watch);
    all("[data-formset]").forEach((box) => {
      if (box.dataset.ready) return;
      box.dataset.ready = "1";
      setUpFormset(box);
    });
    const summary = all("[data-error-summary]")[0];
    if (summary) {
      summary.focus();
      if (!document.title.startsWith("Lỗi: ")) document.title = `Lỗi: ${document.title}`;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
    const all = event.target.closest("input[data-check-all]");
    if (all) {
      document.querySelectorAll(`input[type=checkbox][name="${all.dataset.checkAll}"]`).forEach((box) => {
        box.checked = all.checked;
      });
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  // -- dates: the slashes of dd/mm/yyyy come by themselves, so a telephone's keys of digits are enough
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.matches("input.input-date") || event.inputType !== "insertText") return;
    if (/^(\d{2}|\d{2}\/\d{2})$/.test(box.value)) box.value += "/";
    else if (box.value.endsWith("//")) box.value = box.value.slice(0, -1);
  });

  document.addEventListener("htmx:load", (event) => setUp(event.detail.elt));
  const signInAgain = "Phiên làm việc đã hết hoặc bạn không có quyền thực hiện. Mở thẻ mới để đăng nhập lại, rồi quay lại trang này bấm lưu; nội dung đang nhập vẫn còn.";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.responseURL.includes("/accounts/login/")) {
      event.detail.shouldSwap = false;
      notify(signInAgain);
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || status === 403) notify(signInAgain);
    else if (status === 404) notify("Không tìm thấy nội dung này. Có thể nó vừa được thay đổi; hãy tải lại trang.");
    else notify("Máy chủ chưa xử lý được yêu cầu. Nội dung đang nhập vẫn còn trên trang; hãy thử lại sau ít phút.");
  });
  document.addEventListener("htmx:sendError", () => {
    notify("Không kết nối được máy chủ. Nội dung đang nhập vẫn còn trên trang; hãy kiểm tra mạng rồi thử lại.");
  });

  setUp(document);
})();
