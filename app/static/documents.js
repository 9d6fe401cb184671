// Sheets: what a link or button marked data-hm-sheet leads to opens over the page; without scripts it is a page.
(function () {
  "use strict";

  const KEYS = { ArrowLeft: "previous", ArrowRight: "next", PageUp: "previous", PageDown: "next", "+": "larger", "=": "larger", "-": "smaller" };
  let box = null, from = null;

  function sheet() {
    if (box) { return box; }
    box = document.body.appendChild(document.createElement("dialog"));
    box.className = "hm-dialog hm-sheet";
    box.setAttribute("aria-labelledby", "hm-sheet-title");
    box.addEventListener("close", function () {
      box.replaceChildren();
      if (from && from.isConnected) { from.focus(); }
      from = null;
    });
    return box;
  }

  function ask(address, body) {
    return fetch(address, { method: body ? "POST" : "GET", body: body, credentials: "same-origin", headers: { "HX-Request": "true" } })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.text();
      });
  }

  function fill(place, text, title) {
    const held = new DOMParser().parseFromString(text, "text/html").body;
    place.replaceChildren(...held.childNodes);
    if (!place.querySelector("#hm-sheet-title") && title) {
      const head = document.createElement("h2");
      head.id = "hm-sheet-title";
      head.textContent = title;
      place.prepend(head);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "hm-icon hm-sheet__close";
    close.setAttribute("aria-label", document.querySelector("#hm-confirm [data-hm-close]").getAttribute("aria-label"));
    close.innerHTML = '<i class="ti ti-x" aria-hidden="true"></i>';
    place.prepend(close);
  }

  // What cannot be shown over the page is shown as a page: there the error says what is wrong.
  function open(address, body, origin, instead) {
    origin.setAttribute("aria-busy", "true");
    ask(address, body).then(function (text) {
      const dialog = sheet();
      fill(dialog, text, origin.textContent.trim());
      from = origin;
      dialog.showModal();
      const first = dialog.querySelector("input:not([type=hidden]), .hm-viewer__page");
      if (first) { first.focus(); }
    }, instead).finally(function () { origin.removeAttribute("aria-busy"); });
  }

  function turn(link) {
    const viewer = link.closest("[data-hm-viewer]"), place = viewer.parentNode, what = link.dataset.hmTurn;
    ask(link.href).then(function (text) {
      if (place === box) { fill(place, text, ""); } else { viewer.outerHTML = text; history.replaceState(null, "", link.href); }
      const again = place.querySelector('[data-hm-turn="' + what + '"]');
      (what && again ? again : place.querySelector(".hm-viewer__page")).focus();
    }, function () { location.assign(link.href); });
  }

  document.addEventListener("click", function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    const page = event.target.closest("a[data-hm-turn]");
    if (page) { event.preventDefault(); turn(page); return; }
    if (box && box.contains(event.target) && event.target.closest("[data-hm-close], .hm-sheet__close")) {
      event.preventDefault();
      box.close();
      return;
    }
    const opens = event.target.closest("[data-hm-sheet]");
    if (!opens || !window.HTMLDialogElement) { return; }
    event.preventDefault();
    if (opens.href) {
      open(opens.href, null, opens, function () { location.assign(opens.href); });
    } else {
      const form = opens.form, sent = new URLSearchParams(new FormData(form));
      open(opens.formAction, sent, opens, function () { form.action = opens.formAction; form.submit(); });
    }
  });

  document.addEventListener("keydown", function (event) {
    const viewer = document.querySelector("dialog[open] [data-hm-viewer]") || document.querySelector("main [data-hm-viewer]");
    if (!viewer || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { return; }
    const link = KEYS[event.key] && viewer.querySelector('a[data-hm-turn="' + KEYS[event.key] + '"]');
    if (link) { event.preventDefault(); turn(link); }
  });
})();
