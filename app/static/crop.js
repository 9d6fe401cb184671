// The frame of a photo, 35:45, on a whole picture: moved and resized by pointer, keys, buttons and numbers.
(function () {
  "use strict";

  const SHARE = 100; // a key or button moves by a hundredth of the picture

  function cropper(form) {
    const number = function (name) { return Number(form.dataset[name]); };
    const across = number("hmAcross"), down = number("hmDown"), least = number("hmLeast"), most = number("hmMost");
    const step = Math.max(1, Math.round(Math.min(across, down) / SHARE));
    const frame = form.querySelector(".hm-crop__frame"), picture = form.querySelector(".hm-crop__picture");
    const said = form.querySelector("output"), preview = form.querySelector("canvas");
    const fields = ["x", "y", "width"].map(function (name) { return form.elements.namedItem(name); });
    let box = { x: 0, y: 0, width: most };

    function heightOf(width) { return Math.round(width * 45 / 35); }
    function between(low, value, high) { return Math.min(Math.max(Math.round(value), low), high); }
    function set(x, y, width) {
      width = between(least, width, most);
      box = { x: between(0, x, across - width), y: between(0, y, down - heightOf(width)), width: width };
      show();
    }
    function around(width) { // the middle stays where it is
      const was = heightOf(box.width);
      width = between(least, width, most);
      set(box.x + (box.width - width) / 2, box.y + (was - heightOf(width)) / 2, width);
    }

    function show() {
      const height = heightOf(box.width);
      frame.style.left = 100 * box.x / across + "%";
      frame.style.top = 100 * box.y / down + "%";
      frame.style.width = 100 * box.width / across + "%";
      frame.style.height = 100 * height / down + "%";
      [box.x, box.y, box.width].forEach(function (value, i) {
        if (fields[i] !== document.activeElement) { fields[i].value = value; }
      });
      const parts = { x: box.x, y: box.y, width: box.width, height: height };
      said.textContent = form.dataset.hmText.replace(/\{(\w+)\}/g, function (whole, name) { return parts[name]; });
      draw(height);
    }
    function draw(height) {
      if (!picture.complete || !picture.naturalWidth) { return; }
      const canvas = preview.getContext("2d");
      canvas.imageSmoothingQuality = "high";
      canvas.drawImage(picture, box.x, box.y, box.width, height, 0, 0, preview.width, preview.height);
    }

    // ---- keys and buttons ----
    const KEYS = {
      ArrowLeft: [-1, 0, 0], ArrowRight: [1, 0, 0], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0],
      "+": [0, 0, 1], "=": [0, 0, 1], "-": [0, 0, -1], "_": [0, 0, -1]
    };
    function by(way, size) {
      if (way[2]) { around(box.width + way[2] * size); } else { set(box.x + way[0] * size, box.y + way[1] * size, box.width); }
    }
    frame.addEventListener("keydown", function (event) {
      const way = KEYS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) { return; }
      event.preventDefault();
      by(way, event.shiftKey && !way[2] ? 1 : step);
    });
    form.querySelectorAll("[data-hm-by]").forEach(function (button) {
      const way = button.dataset.hmBy.split(" ").map(Number);
      button.addEventListener("click", function () { by(way, step); });
    });
    form.querySelector("[data-hm-reset]").addEventListener("click", function () {
      set.apply(null, form.dataset.hmSuggested.split(" ").map(Number));
    });
    fields.forEach(function (field) {
      field.addEventListener("change", function () {
        const wanted = fields.map(function (each) { return Number(each.value); });
        if (wanted.every(Number.isFinite)) { field.blur(); set.apply(null, wanted); field.focus(); }
      });
    });

    // ---- pointer: the frame moves, a corner resizes while the opposite one stays ----
    let held = null;
    frame.addEventListener("pointerdown", function (event) {
      if (event.button) { return; }
      event.preventDefault();
      frame.focus({ preventScroll: true });
      frame.setPointerCapture(event.pointerId);
      held = { corner: event.target.dataset.hmCorner || "", x: event.clientX, y: event.clientY, from: box, scale: across / picture.clientWidth };
    });
    frame.addEventListener("pointermove", function (event) {
      if (!held) { return; }
      const dx = (event.clientX - held.x) * held.scale, dy = (event.clientY - held.y) * held.scale;
      if (held.corner) { resize(dx, dy); } else { set(held.from.x + dx, held.from.y + dy, held.from.width); }
    });
    ["pointerup", "pointercancel", "lostpointercapture"].forEach(function (name) {
      frame.addEventListener(name, function () { held = null; });
    });
    function resize(dx, dy) {
      const from = held.from, tall = heightOf(from.width);
      const west = held.corner.includes("w"), north = held.corner.includes("n");
      const right = from.x + from.width, bottom = from.y + tall;
      const roomAcross = west ? right : across - from.x, roomDown = north ? bottom : down - from.y;
      const grown = Math.max(from.width + (west ? -dx : dx), (tall + (north ? -dy : dy)) * 35 / 45);
      const width = between(least, grown, Math.min(most, roomAcross, Math.floor(roomDown * 35 / 45)));
      set(west ? right - width : from.x, north ? bottom - heightOf(width) : from.y, width);
    }

    picture.addEventListener("load", show);
    frame.hidden = false;
    set.apply(null, fields.map(function (field) { return Number(field.value) || 0; }));
  }

  document.querySelectorAll("form[data-hm-crop]").forEach(cropper);
})();
