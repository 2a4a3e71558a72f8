// A tab's job from the click on Generate to its pictures: start, interrupt, skip, end, and the return after a reload.

import { post } from "./connection.js";
import { byId, showLogLine } from "./dom.js";
import { PREVIEW_IMAGE } from "./gradio_selectors.js";
import { showInfotext } from "./gallery.js";
import { picturesArrived } from "./notifications.js";
import { watchJob } from "./progress.js";
import { forgetTask, lastTask, ownTask, rememberTask, sessionGet, sessionSet } from "./task_store.js";
import { jobEnded, jobRuns } from "./screen_sleep.js";

const UNHEARD_MS = 60_000;
const FETCH_RESULT_MS = 2500;
const SHOWN_MS = 300;

const jobs = new Map();

export const isRunning = (tab) => jobs.has(tab);
const generateBox = (tab) => byId(`${tab}_generate_box`);

function newTaskId(tab) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const random = crypto.getRandomValues(new Uint8Array(15));
  return `task(${tab}-${[...random].map((byte) => letters[byte % letters.length]).join("")})`;
}

// Called by Gradio's event of Generate: gives the job its id and shows it.
export function submit(tab, values) {
  const id = newTaskId(tab);
  showLogLine(tab, "");
  sessionSet(`${tab}_notice`, null);
  begin(tab, id);
  return [id, ...values.slice(1)];
}

function begin(tab, id) {
  jobs.get(tab)?.watched.stop();
  rememberTask(tab, id);
  const job = { id, started: Date.now(), heard: false, completedAt: 0, fetching: false, again: false, stop: "" };
  job.watched = watchJob(id, byId(`${tab}_gallery_container`), (reply) => onStatus(tab, job, reply));
  jobs.set(tab, job);
  jobRuns(tab);
  showButtons(tab, "running");
}

function showButtons(tab, look) {
  const box = generateBox(tab);
  const focused = box.contains(document.activeElement);
  box.classList.remove("running", "interrupting");
  if (look) box.classList.add(look);
  if (look === "interrupting") box.classList.add("running");
  const shown = { running: "interrupt", interrupting: "interrupting" }[look] ?? "generate";
  if (focused) byId(`${tab}_${shown}`).focus({ preventScroll: true });
}

function onStatus(tab, job, reply) {
  if (reply.active || reply.queued) {
    job.heard = true;
    if (job.stop) askToStop(tab, job);
    job.completedAt = 0;
  } else if (reply.completed) {
    // The pictures come with Gradio's event, unless this page was reloaded or its connection broke: then ask for them.
    job.completedAt ||= Date.now();
    if (job.restored || Date.now() - job.completedAt > FETCH_RESULT_MS) fetchResult(tab, job);
  } else if (job.restored || job.heard || Date.now() - job.started > UNHEARD_MS) {
    end(tab, job);
    tellLost(tab);
  }
}

// Said again after the reload that follows when the server has come back.
function tellLost(tab) {
  const text = "The job of this page ended when the server was stopped.";
  showLogLine(tab, text);
  sessionSet(`${tab}_notice`, text);
}

function fetchResult(tab, job) {
  if (job.fetching) return;
  job.fetching = true;
  byId(`${tab}_show_result`)?.click();
}

// Called by Gradio's event that brings the result of a job that this page did not wait for itself.
export const taskToShow = (tab) => [jobs.get(tab)?.id ?? lastTask(tab) ?? ""];

// Called by Gradio when a job's result has been put into the page.
export function finish(tab, id) {
  const job = jobs.get(tab);
  forgetTask(tab, id);
  showInfotext(tab);
  if (job && job.id === id) end(tab, job);
  setTimeout(() => picturesArrived(tab), SHOWN_MS);
}

function end(tab, job) {
  if (jobs.get(tab) !== job) return;
  jobs.delete(tab);
  jobEnded(tab);
  forgetTask(tab, job.id);
  showButtons(tab, "");
  removePreviewWhenShown(tab, job);
  if (job.again) byId(`${tab}_generate`).click();
}

// The unfinished picture stays until the finished one has been loaded, so that nothing flickers.
function removePreviewWhenShown(tab, job) {
  const started = Date.now();
  const look = () => {
    const image = byId(`${tab}_gallery`)?.querySelector(PREVIEW_IMAGE);
    const waited = Date.now() - started;
    if ((waited > 60 && image?.complete) || waited > 800) job.watched.stop();
    else setTimeout(look, 30);
  };
  look();
}

// Stops the job: the first time, if it has more pictures to make, after the present ones (unless a setting says
// otherwise); the second time after the present step. With `again`, it stops at once and another job begins.
export function interrupt(tab, { again = false } = {}) {
  const job = jobs.get(tab);
  if (!job) return;
  job.again ||= again;
  job.gently = !again && job.gently === undefined;
  job.stop = "interrupt";
  showButtons(tab, "interrupting");
  askToStop(tab, job);
}

// A job that the server has not heard of yet is asked again when it has.
async function askToStop(tab, job) {
  const what = job.stop;
  try {
    const gently = what === "interrupt" && job.gently;
    const reply = await post(`internal/${what}`, { id_task: job.id, after_current: gently });
    if (reply.done && job.stop === what) job.stop = "";
    if (reply.after_current) showLogLine(tab, "Stops after the present picture; click again to stop at once.");
  } catch {
    job.stop = "";
    if (jobs.get(tab) === job) showButtons(tab, "running");
  }
}

export function skip(tab) {
  const job = jobs.get(tab);
  if (!job || job.stop) return;
  job.stop = "skip";
  askToStop(tab, job);
}

export const generate = (tab) => byId(`${tab}_generate`).click();

// After a reload: show this tab's job again; offer the button for one that another tab started.
async function restore(tab) {
  const own = ownTask(tab);
  const id = own ?? lastTask(tab);
  if (!id || jobs.has(tab)) return;
  const reply = await post("internal/progress", { id_task: id, live_preview: false }).catch(() => null);
  if (!reply || jobs.has(tab)) return;
  if (!reply.active && !reply.queued && !reply.completed) {
    forgetTask(tab, id);
    if (own) tellLost(tab);
  } else if (own) {
    resume(tab, id);
  } else {
    byId(`${tab}_restore_progress`).classList.add("available");
  }
}

function resume(tab, id) {
  byId(`${tab}_restore_progress`).classList.remove("available");
  begin(tab, id);
  jobs.get(tab).restored = true;
}

export function startJobs(tab) {
  byId(`${tab}_interrupt`).addEventListener("click", () => interrupt(tab));
  byId(`${tab}_interrupting`).addEventListener("click", () => interrupt(tab));
  byId(`${tab}_skip`).addEventListener("click", () => skip(tab));
  byId(`${tab}_restore_progress`).addEventListener("click", () => {
    const id = lastTask(tab);
    if (id) resume(tab, id);
  });
  showLogLine(tab, sessionGet(`${tab}_notice`));
  sessionSet(`${tab}_notice`, null);
  restore(tab);
}
