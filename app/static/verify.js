// The public verify pages: drop a file, or let a camera find the code. All works by plain forms without this.
const FRAME_EVERY = 700; // ms between two pictures that the portal reads
const FRAMES_MOST = 80; // pictures that one try may send: about a minute
const WIDEST = 960; // px of a picture that is sent

function dropping(form) {
  const area = form.querySelector(".hv-drop"), input = form.querySelector("input[type=file]");
  const over = (on) => area.classList.toggle("is-over", on);
  area.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
  area.addEventListener("dragleave", () => over(false));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer.files.length) { return; }
    const one = new DataTransfer(); // the form takes one file
    one.items.add(event.dataTransfer.files[0]);
    input.files = one.files;
    form.requestSubmit();
  });
}

function sendingAtOnce(input) {
  input.addEventListener("change", () => { if (input.files.length) { input.form.requestSubmit(); } });
}

function sayingBusy(form) {
  const said = form.querySelector("[data-hv-busy]");
  form.addEventListener("submit", () => { said.textContent = said.dataset.hvWords; });
  window.addEventListener("pageshow", () => { said.textContent = ""; });
}

// ---- camera ----
async function detector() {
  if (!("BarcodeDetector" in window)) { return null; }
  const formats = await window.BarcodeDetector.getSupportedFormats();
  return formats.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function ours(text) { // a code of ours leads to /V/… here, whatever host it was printed with
  const found = /\/V\/([0-9A-Z.-]{20,600})$/.exec(text.trim().toUpperCase());
  return found ? "/V/" + found[1] : null;
}

function drawn(video) {
  const scale = Math.min(1, WIDEST / video.videoWidth), canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

async function readByPortal(video, address) {
  const picture = await drawn(video);
  const answer = await fetch(address, { method: "POST", body: picture, headers: { "Content-Type": "image/jpeg" }, credentials: "omit" });
  if (answer.status === 429 || answer.status === 503) { throw new Error("refused"); }
  return answer.ok ? (await answer.json()).go : null;
}

async function readHere(video, reader) {
  for (const code of await reader.detect(video)) {
    const road = ours(code.rawValue);
    if (road) { return road; }
  }
  return null;
}

function camera(box) {
  const part = (name) => box.querySelector("[data-hv-" + name + "]");
  const start = part("start"), stop = part("stop"), live = part("live"), failed = part("failed");
  const video = box.querySelector("video");
  let stream = null;

  function end(words) {
    if (stream) { stream.getTracks().forEach((track) => track.stop()); }
    stream = null;
    live.hidden = true;
    start.hidden = false;
    failed.hidden = !words;
    failed.textContent = words || "";
  }

  async function look() {
    const reader = await detector();
    for (let tries = 0; stream && tries < FRAMES_MOST; tries += 1) {
      const road = reader ? await readHere(video, reader) : await readByPortal(video, box.dataset.hvFrame);
      if (!stream) { return; }
      if (road) { end(""); window.location.assign(road); return; }
      await new Promise((done) => setTimeout(done, FRAME_EVERY));
    }
    if (stream) { end(failed.dataset.hvLate); start.focus(); }
  }

  start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      video.srcObject = stream;
      failed.hidden = true;
      start.hidden = true;
      live.hidden = false;
      stop.focus();
      await video.play();
      await look();
    } catch {
      end(failed.dataset.hvNone);
    }
  });
  stop.addEventListener("click", () => { end(""); start.focus(); });
  window.addEventListener("pagehide", () => end(""));
}

document.querySelectorAll("[data-hv-drop]").forEach((form) => { dropping(form); sayingBusy(form); });
document.querySelectorAll("[data-hv-at-once]").forEach(sendingAtOnce);
document.querySelectorAll("[data-hv-camera]").forEach(camera);
// A list that is being checked asks for itself again until it is done.
document.querySelectorAll("[data-hv-again]").forEach((part) => {
  setTimeout(() => window.location.reload(), Number(part.dataset.hvAgain));
});
