// The workbench: files dropped, a row edited in place, progress that waits for it. A page works without it.
(function () {
  "use strict";

  // ---- <form data-hm-drop>: files may be dropped onto it; what was chosen is listed ----
  function zone(event) { return event.target.closest ? event.target.closest("[data-hm-drop]") : null; }
  function carriesFiles(event) { return Array.from((event.dataTransfer || {}).types || []).includes("Files"); }
  function list(form) {
    const shown = form.querySelector("[data-hm-dropped]"), field = form.querySelector("input[type=file]");
    shown.replaceChildren(...Array.from(field.files).map(function (file) {
      const line = document.createElement("li");
      line.textContent = file.name + " · " + Math.max(1, Math.round(file.size / 1024)).toLocaleString("en-GB") + " KB";
      return line;
    }));
  }
  document.addEventListener("dragover", function (event) {
    const form = zone(event);
    if (!carriesFiles(event)) { return; }
    event.preventDefault(); // a file dropped beside the zone must not replace the page
    if (form) { form.classList.add("is-over"); } else { event.dataTransfer.dropEffect = "none"; }
  });
  document.addEventListener("dragleave", function (event) {
    const form = zone(event);
    if (form && !form.contains(event.relatedTarget)) { form.classList.remove("is-over"); }
  });
  document.addEventListener("drop", function (event) {
    const form = zone(event);
    if (!carriesFiles(event)) { return; }
    event.preventDefault();
    if (!form) { return; }
    form.classList.remove("is-over");
    form.querySelector("input[type=file]").files = event.dataTransfer.files;
    list(form);
    form.querySelector("button[type=submit]").focus();
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-hm-drop] input[type=file]")) { list(event.target.closest("[data-hm-drop]")); }
  });

  // ---- <tr data-hm-editing>: Escape gives up (Enter sends its form by itself) ----
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || !event.target.closest) { return; }
    const row = event.target.closest("[data-hm-editing]");
    if (row) { row.querySelector("[data-hm-cancel]").click(); }
  });

  // ---- while a row is being edited, finished work does not lead away from it ----
  document.addEventListener("htmx:before:request", function (event) {
    const source = event.detail.ctx.sourceElement;
    if (source.id === "progress" && document.querySelector("[data-hm-editing]")) { event.preventDefault(); }
  });
})();
