// What the pages do in the browser besides links, forms and htmx: keys, the palette, selecting rows, streams, times, toasts.
// Everything works without it, only slower. Nothing here decides anything, and nothing makes HTML out of text.
"use strict";
(() => {
  const one = (sel, from = document) => from.querySelector(sel);
  const all = (sel, from = document) => [...from.querySelectorAll(sel)];
  const typing = (e) => e.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const plural = (el, n) => (n === 1 ? el.dataset.one : el.dataset.other).replace("{n}", n.toLocaleString(document.documentElement.lang));

  // ---- dialogs: <button command="show-modal" commandfor="id">, for browsers that do not know commands yet
  if (!("command" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (e) => {
      const button = e.target.closest("button[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "close") dialog.close();
      else dialog.showModal();
    });
  }
  // A click beside a dialog closes it.
  document.addEventListener("click", (e) => {
    if (e.target.nodeName === "DIALOG") e.target.close();
  });

  // ---- menus: one open at a time, closed by a click elsewhere and by Escape
  document.addEventListener("click", (e) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(e.target)) menu.open = false;
  });

  // ---- the palette
  const palette = document.getElementById("palette");
  const paletteInput = palette && one("input", palette);
  const hits = () => all(".hit", palette);
  function openPalette() {
    if (!palette || palette.open) return;
    document.getElementById("side")?.hidePopover?.();
    palette.showModal();
    paletteInput.select();
    paletteInput.dispatchEvent(new Event("open"));
  }
  function choose(at) {
    const list = hits();
    if (!list.length) return;
    const i = (at + list.length) % list.length;
    list.forEach((h, n) => h.setAttribute("aria-selected", String(n === i)));
    list[i].scrollIntoView({ block: "nearest" });
    paletteInput.setAttribute("aria-activedescendant", list[i].id);
  }
  document.addEventListener("click", (e) => {
    if (palette && e.target.closest("[data-palette]") && !e.ctrlKey && !e.metaKey) {
      e.preventDefault();
      openPalette();
    }
  });
  palette?.addEventListener("keydown", (e) => {
    const now = hits().findIndex((h) => h.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown") choose(now + 1);
    else if (e.key === "ArrowUp") choose(now - 1);
    else return;
    e.preventDefault();
  });

  palette?.addEventListener("submit", (e) => {
    const hit = one('.hit[aria-selected="true"]', palette);
    // Who typed faster than the hits came is led to the page that has them.
    if (hit?.dataset.q === paletteInput.value.trim()) { e.preventDefault(); location.assign(hit.href); }
  });

  // ---- rows: j and k move, x selects, Enter opens
  const rows = () => all("table[data-rows] tbody tr").filter((r) => r.offsetParent);
  function move(by) {
    const list = rows();
    if (!list.length) return;
    const now = list.findIndex((r) => r.classList.contains("here"));
    const next = list[Math.max(0, Math.min(list.length - 1, now < 0 ? (by > 0 ? 0 : list.length - 1) : now + by))];
    list[now]?.classList.remove("here");
    next.classList.add("here");
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  const here = () => one("table[data-rows] tbody tr.here");
  function pick(row) {
    const box = row && one("input[name=id]", row);
    if (box) { box.checked = !box.checked; picked(box.form); }
  }
  function picked(form) {
    if (!form) return;
    const boxes = all("input[name=id]", form), n = boxes.filter((b) => b.checked).length;
    const text = one(".bulk-n", form), whole = one("[data-pick-all]", form);
    if (text) text.textContent = plural(text, n);
    if (whole) { whole.checked = n > 0 && n === boxes.length; whole.indeterminate = n > 0 && n < boxes.length; }
    if (n === 0) for (const b of all("input[name=all]", form)) b.checked = false;
  }
  let lastBox = null;
  document.addEventListener("click", (e) => {
    const box = e.target.closest("input[name=id]");
    if (box && e.shiftKey && lastBox && lastBox.form === box.form) { // a range
      const list = all("input[name=id]", box.form);
      const [from, to] = [list.indexOf(lastBox), list.indexOf(box)].sort((a, b) => a - b);
      list.slice(from, to + 1).forEach((b) => { b.checked = box.checked; });
    }
    if (box) { lastBox = box; picked(box.form); return; }
    const row = e.target.closest("table[data-rows] tr[data-href]");
    if (!row || !row.dataset.href || e.target.closest("a, button, input, label, summary, select, dialog") || String(getSelection())) return;
    if (e.ctrlKey || e.metaKey) open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-pick-all]")) {
      all("input[name=id]", e.target.form).forEach((b) => { b.checked = e.target.checked; });
      picked(e.target.form);
    }
  });

  // ---- keys
  let going = 0; // until when a key after g counts
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); openPalette(); return; }
    if (e.key === "Escape") {
      for (const menu of all("details.menu[open]")) menu.open = false;
      if (typing(e) && !one("dialog[open]")) e.target.blur();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e) || one("dialog[open]")) return;
    if (going > Date.now()) {
      going = 0;
      const link = one(`[data-go="${CSS.escape(e.key)}"]`);
      if (link) { e.preventDefault(); location.assign(link.href); }
      return;
    }
    const act = {
      g: () => { going = Date.now() + 1500; },
      "/": () => { const box = one("[data-filter]"); box ? (box.focus(), box.select()) : openPalette(); },
      "?": () => document.getElementById("keys")?.showModal(),
      j: () => move(1),
      k: () => move(-1),
      x: () => pick(here()),
      n: () => one("[data-next]")?.click(),
      ".": () => one("[data-fresh]:not([hidden]) a")?.click(),
      Enter: () => { const row = here(); if (row?.dataset.href && document.activeElement === row) location.assign(row.dataset.href); else return false; },
    }[e.key];
    if (act ? act() !== false : press(e.key)) e.preventDefault();
  });
  // A key that a button or a link of this page names. One of a list's bar means the selected rows, or else the row where the keys are.
  function press(key) {
    const button = key.length === 1 && one(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return false;
    const form = button.closest("form[data-bulk]");
    if (form && !one("input[name=id]:checked", form)) {
      if (!here()) move(1);
      if (!here() || !one("input[name=id]", here())) return false;
      pick(here());
    }
    button.click();
    return true;
  }
  // Ctrl-Enter in a question is its button.
  document.addEventListener("keydown", (e) => {
    const dialog = (e.ctrlKey || e.metaKey) && e.key === "Enter" && e.target.closest("dialog[open], form");
    const yes = dialog && one("button[type=submit], button:not([type])", dialog);
    if (yes) { e.preventDefault(); yes.click(); }
  });
  // After a move with rows of a list the keys are where the first of them was: on the row that took its place.
  const place = "firehall-row";
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-bulk]")) return;
    const list = rows(), at = list.findIndex((r) => one("input[name=id]:checked", r));
    if (at >= 0) sessionStorage.setItem(place, JSON.stringify({ path: location.pathname, at, until: Date.now() + 600000 }));
  });
  function back() {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(place)); } catch { return; }
    if (!kept || kept.path !== location.pathname) return;
    sessionStorage.removeItem(place);
    const list = rows();
    if (kept.until < Date.now() || !list.length) return;
    list[Math.min(kept.at, list.length - 1)].classList.add("here");
    move(0);
  }

  // ---- forms: sent once; the fields of a question count only with its own button
  function outer(form, submitter) {
    for (const set of all("fieldset[data-inside]", form)) set.disabled = !set.closest("dialog").contains(submitter);
  }
  document.addEventListener("click", (e) => {
    const button = e.target.closest("form[data-bulk] button:not([type=button])");
    if (!button) return;
    outer(button.form, button); // before the browser asks for what is required
    button.formNoValidate = false; // it is so for who has no script
  });
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "1";
    e.submitter?.setAttribute("aria-busy", "true");
    setTimeout(() => { delete form.dataset.sent; e.submitter?.removeAttribute("aria-busy"); }, 8000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((f) => { delete f.dataset.sent; }));

  // ---- copying
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard?.writeText(button.dataset.copy).then(() => {
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 1500);
    });
  });

  // ---- toasts: good news leaves by itself, bad news stays
  document.addEventListener("click", (e) => e.target.closest("[data-dismiss]")?.closest(".toast")?.remove());
  const toasts = document.getElementById("toasts");
  const leave = () => all("[data-toast=good]:not([data-leaves])", toasts).forEach((t) => {
    t.dataset.leaves = "1";
    setTimeout(() => t.remove(), 6000);
  });
  if (toasts) new MutationObserver(leave).observe(toasts, { childList: true });

  // ---- times: said again each half minute, by the rule of ui.since
  const says = { en: { ago: "{n} {u} ago", in: "in {n} {u}", d: "d" }, fr: { ago: "il y a {n} {u}", in: "dans {n} {u}", d: "j" } };
  const ahead = (Date.parse(document.documentElement.dataset.now) || Date.now()) - Date.now(); // of the server before this clock
  function since(el) {
    const say = says[document.documentElement.lang] || says.en;
    let s = (Date.now() + ahead - Date.parse(el.dateTime)) / 1000;
    const text = s < 0 ? say.in : say.ago;
    if (el.hasAttribute("data-due")) el.classList.toggle("due-past", s >= 0);
    s = Math.abs(s);
    if (s < 60 || s >= 30 * 86400) return;
    const [n, unit] = s < 3600 ? [s / 60, "min"] : s < 2 * 86400 ? [s / 3600, "h"] : [s / 86400, say.d];
    const said = text.replace("{n}", Math.floor(n)).replace("{u}", unit);
    if (el.textContent !== said) el.textContent = said;
  }
  setInterval(() => { if (!document.hidden) all("time[data-since]").forEach(since); }, 30000);

  // ---- streams: one connection a URL, closed while nobody looks
  const streams = new Map();
  const listeners = (url) => all("[data-stream]").filter((el) => el.dataset.stream === url);
  function hear(url, name, data) {
    for (const el of listeners(url)) {
      if (el.dataset.event !== name || typeof data !== "string") continue; // browsers have events of their own: "open", "error"
      if (el.hasAttribute("data-fresh")) {
        const n = (Number(el.dataset.n) || 0) + (parseInt(data, 10) || 1);
        el.dataset.n = n;
        one("span", el).textContent = plural(el, n);
        el.hidden = false;
      } else { // a part that the server rendered, to take this one's place
        el.outerHTML = data;
        window.htmx?.process(document.body);
        scan();
      }
    }
  }
  function scan() {
    const wanted = new Map();
    if (!document.hidden) for (const el of all("[data-stream]")) {
      const names = wanted.get(el.dataset.stream) || new Set();
      wanted.set(el.dataset.stream, names.add(el.dataset.event));
    }
    for (const [url, source] of streams) if (!wanted.has(url)) { source.close(); streams.delete(url); }
    for (const [url, names] of wanted) {
      let source = streams.get(url);
      if (!source) { source = new EventSource(url); source.names = new Set(); streams.set(url, source); }
      for (const name of names) if (!source.names.has(name)) {
        source.names.add(name);
        source.addEventListener(name, (e) => hear(url, name, e.data));
      }
    }
  }
  document.addEventListener("visibilitychange", scan);
  addEventListener("pagehide", () => { for (const s of streams.values()) s.close(); streams.clear(); });

  // ---- completion of filters
  function completion(box) {
    const list = document.getElementById(box.getAttribute("aria-controls"));
    let asked = 0, at = -1, about = null, timer; // about is the text that the list is about
    const options = () => all("[role=option]", list);
    const close = () => { clearTimeout(timer); asked++; list.hidden = true; at = -1; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
    const show = (i) => {
      at = i;
      options().forEach((o, n) => o.setAttribute("aria-selected", String(n === i)));
      const o = options()[i];
      if (o) { o.scrollIntoView({ block: "nearest" }); box.setAttribute("aria-activedescendant", o.id); }
      else box.removeAttribute("aria-activedescendant");
    };
    const take = async (chosen) => { // or else the first
      const insert = chosen?.dataset.insert;
      if (box.value !== about) await ask(); // typed faster than the list came
      const o = chosen ? options().find((o) => o.dataset.insert === insert) : options()[0];
      if (!o || box.value !== about) return;
      const text = [...box.value], from = Number(o.dataset.from);
      box.value = [...text.slice(0, from), o.dataset.insert, ...text.slice(Number(o.dataset.to))].join("");
      const end = [...text.slice(0, from)].join("").length + o.dataset.insert.length;
      box.setSelectionRange(end, end);
      box.focus();
      ask();
    };
    async function ask() {
      clearTimeout(timer);
      const mine = ++asked, text = box.value, caret = [...text.slice(0, box.selectionStart)].length;
      const url = new URL(box.dataset.complete, location.href);
      url.searchParams.set("q", text);
      url.searchParams.set("at", caret);
      const answer = await fetch(url, { headers: { "HX-Request": "true" } }).then((r) => r.ok ? r.text() : null).catch(() => null);
      if (mine !== asked || document.activeElement !== box) return;
      if (answer === null) { close(); return; }
      list.innerHTML = answer; // a part that the server rendered
      about = text;
      list.hidden = !options().length;
      box.setAttribute("aria-expanded", String(!list.hidden));
      show(-1);
    }
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); if (at >= 0) show(-1); });
    box.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== box) close(); }, 150));
    box.addEventListener("keydown", (e) => {
      if (e.key === " " && e.ctrlKey) { ask(); e.preventDefault(); return; }
      if (list.hidden) return;
      const n = options().length;
      if (e.key === "ArrowDown") show((at + 1) % n);
      else if (e.key === "ArrowUp") show((at - 1 + n) % n);
      else if ((e.key === "Enter" || e.key === "Tab") && at >= 0) take(options()[at]);
      else if (e.key === "Tab" && n) take();
      else if (e.key === "Escape") { close(); e.stopPropagation(); }
      else return;
      e.preventDefault();
    });
    list.addEventListener("mousedown", (e) => { const o = e.target.closest("[role=option]"); if (o) { e.preventDefault(); take(o); } });
  }

  // ---- charts: their scripts come only where one is
  let loading = false;
  function charts() {
    if (loading || !one("[data-chart]")) return;
    loading = true;
    const load = ([src, ...rest]) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => rest.length && load(rest);
      document.head.append(script);
    };
    load(one("meta[name=charts]").content.split(" "));
  }

  // ---- a part that cannot be had
  document.addEventListener("htmx:error", (e) => console.warn("htmx", e.detail?.error?.message || e.detail?.error));

  // ---- tabs that are wider than the page: the one that is open comes into sight
  function inSight() {
    all(".tabs a[aria-current]").forEach((a) => { const bar = a.parentElement; bar.scrollLeft = a.offsetLeft - bar.offsetLeft - (bar.clientWidth - a.offsetWidth) / 2; });
  }

  function begin(root) {
    inSight();
    all("input[data-complete]:not([data-ready])", root).forEach((box) => { box.dataset.ready = "1"; completion(box); });
    all("form[data-bulk]", root).forEach(picked);
    scan();
    charts();
    if (toasts) leave();
  }
  document.addEventListener("htmx:after:swap", () => { begin(document); if (window.drawCharts) window.drawCharts(); });
  begin(document);
  const box = one("[data-filter][data-fault-at]"); // the cursor goes where the filter is wrong
  if (box) { const at = [...box.value].slice(0, Number(box.dataset.faultAt)).join("").length; box.focus(); box.setSelectionRange(at, at); }
  const first = one("[data-focus]");
  first ? first.focus() : back();
})();
