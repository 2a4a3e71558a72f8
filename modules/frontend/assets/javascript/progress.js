// Watches a job by /internal/progress: bar, live preview, title.

import { connectionLost, post } from "./connection.js";
import { element } from "./dom.js";
import { state } from "./lifecycle.js";

const HIDDEN_MS = 1500;
const FAILED_MS = 1000;
const PREFIX = /^\[[^\]]*\]\s*/;

const period = () => (document.hidden ? HIDDEN_MS : state.opts.live_preview_refresh_period || 300);

export function formatSeconds(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

// Shows the job `id` over `container` until stop() is called. `onStatus` gets each reply.
export function watchJob(id, container, onStatus) {
  const bar = element("div", { class: "progressDiv", role: "progressbar", "aria-label": "Progress of the job" });
  const fill = element("div", { class: "progress" });
  const said = element("div", { class: "said", "aria-hidden": "true" });
  const percent = element("span", {}, "Waiting…");
  const details = element("span");
  said.append(percent, details);
  bar.append(fill, said);
  const preview = element("div", { class: "livePreview" });
  const image = element("img", { alt: "The unfinished picture" });
  if (state.opts.show_progressbar !== false) container.append(bar);
  container.append(preview);

  const watched = { id, stopped: false, previewId: -1, timer: 0 };

  function show(reply) {
    if (reply.active) {
      const progress = Math.min(1, reply.progress ?? 0);
      fill.style.width = `${progress * 100}%`;
      bar.setAttribute("aria-valuenow", Math.round(progress * 100));
      percent.textContent = `${Math.round(progress * 100)}%`;
      const eta = reply.eta > 0 && reply.sampling_step !== 0 ? `ETA ${formatSeconds(reply.eta)}` : "";
      details.textContent = [reply.textinfo, stepText(reply), eta].filter(Boolean).join(" · ");
      setTitle(`[${percent.textContent}${eta ? ` ${eta}` : ""}]`);
    } else {
      percent.textContent = reply.textinfo || (reply.completed ? "Finishing…" : "Waiting…");
      details.textContent = "";
      setTitle(reply.queued ? "[Waiting]" : "");
    }
    if (reply.live_preview) {
      watched.previewId = reply.id_live_preview;
      image.src = reply.live_preview;
      if (!image.isConnected) preview.append(image);
    }
  }

  async function look() {
    let wait = period();
    try {
      const reply = await post("internal/progress", {
        id_task: id,
        id_live_preview: watched.previewId,
        live_preview: !document.hidden && state.opts.live_previews_enable !== false,
      });
      if (watched.stopped) return;
      show(reply);
      onStatus(reply);
    } catch {
      if (watched.stopped) return;
      connectionLost();
      wait = FAILED_MS;
    }
    if (!watched.stopped) watched.timer = setTimeout(look, wait);
  }

  watched.stop = () => {
    watched.stopped = true;
    clearTimeout(watched.timer);
    setTitle("");
    bar.remove();
    preview.remove();
  };
  // Nothing is known of a new job before Gradio's queue has passed it on.
  watched.timer = setTimeout(look, 120);
  return watched;
}

const stepText = (reply) => (reply.sampling_steps > 0 ? `step ${reply.sampling_step}/${reply.sampling_steps}` : "");

function setTitle(prefix) {
  const plain = document.title.replace(PREFIX, "");
  const shown = prefix && state.opts.show_progress_in_title !== false;
  document.title = shown ? `${prefix} ${plain}` : plain;
}
