// Hallmark: small behaviours, all by data attributes; a page can be read and a form sent without them.
(function () {
  "use strict";
  const root = document.documentElement;
  const THEME = "hallmark-theme";
  const RESEND_AFTER = 8000; // a download leaves the page standing: its form may be sent again
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  root.classList.add("hm-js");

  function meta(name) {
    const tag = document.querySelector('meta[name="' + name + '"]');
    return tag ? tag.content : "";
  }

  // ---- theme: <button data-hm-theme>; set before the first paint ----
  function chosenTheme() {
    try { return localStorage.getItem(THEME); } catch { return null; } // private window
  }
  function applyTheme() {
    root.setAttribute("data-bs-theme", chosenTheme() || (dark.matches ? "dark" : "light"));
    document.dispatchEvent(new Event("hm:theme"));
  }
  applyTheme();
  dark.addEventListener("change", applyTheme);

  function themeButton(button) {
    const say = function () {
      const on = root.getAttribute("data-bs-theme") === "dark";
      button.setAttribute("aria-pressed", String(on));
      button.querySelector(".ti").className = "ti ti-" + (on ? "sun" : "moon");
    };
    say();
    document.addEventListener("hm:theme", say);
    button.addEventListener("click", function () {
      const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try { localStorage.setItem(THEME, next); } catch { root.setAttribute("data-bs-theme", next); }
      applyTheme();
    });
  }

  // ---- selection: <form data-hm-select data-hm-matching="41" data-hm-text="{n} of {m} …"> ----
  function selection(form) {
    const own = function (what) { return Array.from(form.elements).filter(function (part) { return part.matches(what); }); };
    const boxes = function () { return own("[data-hm-one]"); }; // a row may come anew
    const all = own("[data-hm-all]")[0], bulk = form.querySelector("[data-hm-bulk]");
    if (!all || !bulk || !boxes().length) { return; }
    const count = form.querySelector("[data-hm-count]"), every = form.querySelector("[data-hm-every]");
    const wideField = form.querySelector("[name=every_match]");
    const matching = Number(form.dataset.hmMatching);
    const matchingText = form.dataset.hmMatchingText || String(matching);
    let wide = false;
    function show() {
      const ones = boxes(), n = ones.filter(function (box) { return box.checked; }).length;
      if (n < ones.length) { wide = false; }
      all.checked = n > 0 && n === ones.length;
      all.indeterminate = n > 0 && n < ones.length;
      ones.forEach(function (box) { box.closest("tr").classList.toggle("is-selected", box.checked); });
      count.textContent = form.dataset.hmText.replace("{n}", wide ? matchingText : n).replace("{m}", matchingText);
      if (every) { every.hidden = wide || matching <= ones.length || n < ones.length; }
      wideField.value = wide ? "1" : "";
      bulk.classList.toggle("is-on", n > 0);
    }
    function tickAll(on) { boxes().forEach(function (box) { box.checked = on; }); show(); }
    all.addEventListener("change", function () { tickAll(all.checked); });
    document.addEventListener("change", function (event) {
      if (event.target.form === form && event.target.matches("[data-hm-one]")) { show(); }
    });
    if (every) { every.addEventListener("click", function () { wide = true; show(); count.focus(); }); }
    bulk.querySelector("[data-hm-none]").addEventListener("click", function () { tickAll(false); all.focus(); });
    show();
  }

  // ---- a row opened in place: <button data-hm-expand="row id">; htmx fills the row once ----
  function expander(button) {
    const row = document.getElementById(button.dataset.hmExpand), glyph = button.querySelector(".ti");
    button.addEventListener("click", function () {
      row.hidden = !row.hidden;
      button.setAttribute("aria-expanded", String(!row.hidden));
      glyph.className = "ti ti-" + (row.hidden ? "plus" : "minus");
    });
  }

  // ---- a row of tabs wider than the window: the present one is moved into sight ----
  function present(tab) {
    const strip = tab.closest(".hm-states");
    strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }

  // ---- dialogs: <button data-hm-open="id">, inside <button data-hm-close>; data-hm-open-now on arrival ----
  function opener(button) {
    button.addEventListener("click", function (event) {
      const box = document.getElementById(button.dataset.hmOpen);
      if (box && box.showModal) { event.preventDefault(); box.showModal(); }
    });
  }
  let opened = null; // what had the focus before a box was put in and opened itself
  function dialog(box) {
    if (box.closest("#hm-box")) {
      const now = document.activeElement;
      if (now && now !== document.body && !now.closest("dialog")) { opened = now; }
      box.addEventListener("close", function () { if (opened && opened.isConnected) { opened.focus(); } });
    }
    box.querySelectorAll("[data-hm-close]").forEach(function (b) {
      b.addEventListener("click", function () { box.close(); });
    });
    if (box.hasAttribute("data-hm-open-now")) { box.showModal(); }
  }

  // ---- confirmation: <button type="submit" data-hm-confirm="what will happen"> asks in the page's one dialog ----
  function asker(button) {
    const box = document.getElementById("hm-confirm");
    if (!box || !box.showModal) { return; }
    button.addEventListener("click", function (event) {
      event.preventDefault();
      const verb = button.dataset.hmVerb || button.textContent.trim();
      const yes = box.querySelector("[data-hm-yes]");
      box.querySelector("h2").textContent = button.dataset.hmTitle || verb;
      box.querySelector("p").textContent = button.dataset.hmConfirm;
      yes.textContent = verb;
      yes.className = "btn " + (button.hasAttribute("data-hm-stop") ? "btn-danger" : "btn-primary");
      yes.onclick = function () { box.close(); button.form.requestSubmit(button); };
      box.showModal();
    });
  }

  // ---- undo bar: stays until it is used, dismissed or the page is left (no time limit, WCAG 2.2.1) ----
  function dismisser(button) {
    button.addEventListener("click", function () { button.closest("[data-hm-undo], .hm-notice").hidden = true; });
  }

  // ---- three boxes of one date: a whole date pasted into a box is spread over all three ----
  function wholeDate(text) {
    const iso = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text);
    if (iso) { return [iso[3], iso[2], iso[1]]; }
    const british = /^\s*(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4}|\d{2})\s*$/.exec(text);
    return british ? [british[1], british[2], british[3]] : null;
  }
  function dateBoxes(group) {
    const boxes = Array.from(group.querySelectorAll("input"));
    group.addEventListener("paste", function (event) {
      const parts = wholeDate(event.clipboardData.getData("text"));
      if (!parts) { return; }
      event.preventDefault();
      boxes.forEach(function (box, i) {
        box.value = parts[i];
        box.dispatchEvent(new Event("change", { bubbles: true }));
      });
      boxes[2].focus();
    });
  }

  // ---- look-up: <select data-hm-lookup [data-hm-url]>; the address answers {"results": [{value, text, note}]} ----
  function lookup(select) {
    if (!window.TomSelect || select.tomselect) { return; }
    const options = {
      maxOptions: 50, create: false, openOnFocus: true, allowEmptyOption: false,
      searchField: ["text", "note"],
      placeholder: select.dataset.hmPlaceholder || "",
      plugins: select.multiple ? { remove_button: { title: select.dataset.hmRemove || "" } } : {},
      render: {
        option: function (item, escape) {
          return "<div>" + escape(item.text) + (item.note ? '<span class="hm-sub d-block hm-small hm-soft">' + escape(item.note) + "</span>" : "") + "</div>";
        },
        no_results: function () { return '<div class="no-results">' + (select.dataset.hmNone || "") + "</div>"; }
      }
    };
    if (select.dataset.hmUrl) {
      options.score = function () { return function () { return 1; }; }; // the server has already chosen
      options.shouldLoad = function (text) { return text.trim().length > 1; };
      options.load = function (text, done) {
        const url = new URL(select.dataset.hmUrl, location.href);
        url.searchParams.set("q", text);
        this.clearOptions();
        fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
          .then(function (answer) { return answer.ok ? answer.json() : { results: [] }; })
          .then(function (found) { done(found.results || found); })
          .catch(function () { done(); });
      };
    }
    const box = new window.TomSelect(select, options);
    select.setAttribute("aria-hidden", "true"); // the look-up's own input carries the label
    ["aria-describedby", "aria-invalid"].forEach(function (name) {
      if (select.hasAttribute(name)) { box.control_input.setAttribute(name, select.getAttribute(name)); }
    });
  }

  // ---- chart: <canvas data-hm-chart="table-id"> draws the table beneath it; the table is the data ----
  function chart(canvas) {
    if (!window.Chart) { return; }
    const table = document.getElementById(canvas.dataset.hmChart);
    const rows = Array.from(table.tBodies[0].rows), heads = Array.from(table.tHead.rows[0].cells);
    let made = null;
    function draw() {
      const css = getComputedStyle(root), probe = document.body.appendChild(document.createElement("span"));
      const colour = function (name) { probe.style.color = "var(" + name + ")"; return getComputedStyle(probe).color; };
      const tones = [colour("--hm-accent-text"), colour("--hm-ok")];
      const text = colour("--hm-text-2"), line = colour("--hm-line");
      probe.remove();
      if (made) { made.destroy(); }
      window.Chart.defaults.font.family = css.getPropertyValue("--tblr-font-sans-serif");
      made = new window.Chart(canvas, {
        type: "bar",
        data: {
          labels: rows.map(function (r) { return r.cells[0].textContent.trim().split(" ")[0]; }),
          datasets: heads.slice(1).map(function (head, i) {
            return {
              label: head.textContent.trim(),
              data: rows.map(function (r) { return Number(r.cells[i + 1].textContent.replace(/[^\d.-]/g, "")); }),
              backgroundColor: i === 0 ? tones[0] : "transparent", borderColor: tones[i % 2], borderWidth: i === 0 ? 0 : 2,
              borderRadius: 3, categoryPercentage: 0.72, barPercentage: 0.86
            };
          })
        },
        options: {
          responsive: true, maintainAspectRatio: false, animation: false,
          plugins: { legend: { align: "start", labels: { color: text, boxWidth: 12, boxHeight: 12, font: { size: 13 } } } },
          scales: {
            x: { grid: { display: false }, border: { color: line }, ticks: { color: text } },
            y: { beginAtZero: true, border: { display: false }, grid: { color: line }, ticks: { color: text, maxTicksLimit: 5 } }
          }
        }
      });
    }
    draw();
    document.addEventListener("hm:theme", draw);
  }

  // ---- wiring: every part once, on arrival and in whatever htmx puts in ----
  const PARTS = [
    ["[data-hm-theme]", themeButton], ["form[data-hm-select]", selection], ["[data-hm-expand]", expander], [".hm-states [aria-current]", present],
    ["[data-hm-open]", opener], ["dialog.hm-dialog", dialog], ["[data-hm-confirm]", asker],
    ["[data-hm-dismiss]", dismisser], ["[data-hm-date]", dateBoxes], ["[data-hm-lookup]", lookup], ["[data-hm-chart]", chart]
  ];
  const wired = new WeakMap();
  function wire(scope) {
    PARTS.forEach(function (part) {
      scope.querySelectorAll(part[0]).forEach(function (element) {
        const done = wired.get(element) || new Set();
        if (done.has(part[0])) { return; }
        wired.set(element, done.add(part[0]));
        part[1](element);
      });
    });
  }

  // ---- a form submitted twice quickly sends once (the server is the real guard) ----
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.hmSent) { event.preventDefault(); return; }
    form.dataset.hmSent = "1";
    if (event.submitter) { event.submitter.setAttribute("aria-busy", "true"); }
    setTimeout(function () { release(form); }, RESEND_AFTER);
  });
  function release(form) {
    delete form.dataset.hmSent;
    document.querySelectorAll('[aria-busy="true"]').forEach(function (b) { if (b.form === form) { b.removeAttribute("aria-busy"); } });
  }
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("form[data-hm-sent]").forEach(release); }
  });

  // ---- htmx 4: the token on what changes, no evaluation of text, what to do when it fails ----
  document.addEventListener("htmx:config:request", function (event) {
    const request = event.detail.ctx.request;
    if (request.method !== "GET") { request.headers["X-CSRFToken"] = meta("csrf-token"); }
  });
  document.addEventListener("htmx:before:response", function (event) {
    const answer = event.detail.ctx.response.raw;
    if (answer.redirected) { event.preventDefault(); location.assign(answer.url); } // sign-in again, not inside a cell
  });
  document.addEventListener("htmx:error", function (event) {
    const bar = document.querySelector("[data-hm-offline]");
    if (bar && event.detail.ctx) { bar.hidden = false; }
  });
  // A choice made while its list was on the way stays, if the new list has it too.
  function keeper(event) { return event.target.matches && event.target.matches("[data-hm-keep]") ? event.target : null; }
  document.addEventListener("htmx:before:swap", function (event) {
    const slot = keeper(event), list = slot && slot.querySelector("select");
    if (list) { slot.dataset.hmKeep = list.value; }
  });
  document.addEventListener("htmx:after:swap", function (event) {
    const slot = keeper(event), list = slot && slot.querySelector("select"), value = slot && slot.dataset.hmKeep;
    if (value && [...list.options].some(function (option) { return option.value === value; })) { list.value = value; }
  });
  let ready = false; // htmx may process the page before the scripts behind it have come
  document.addEventListener("htmx:after:process", function (event) {
    if (!ready) { return; }
    wire(event.target.querySelectorAll ? event.target : document);
  });
  function refuseEvaluation() {
    throw new Error("Pages evaluate no text: hx-on, js: values and trigger filters are not used.");
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.htmx) {
      window.htmx.registerExtension("hallmark", {
        init: function (api) { api.initSecurity(null, refuseEvaluation, refuseEvaluation); }
      });
    }
    ready = true;
    wire(document);
    const summary = document.querySelector(".hm-summary");
    if (summary) { summary.focus(); }
  });
})();
