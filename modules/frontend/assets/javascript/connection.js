// Notices when the server is away, says so in one line, and comes back by itself.

import { byId, element } from "./dom.js";

const CALM_MS = 5000;
const LOST_MS = 1000;

let bootId = JSON.parse(byId("easel_settings")?.textContent || "{}").boot_id ?? null;
let timer = 0;

export async function post(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
  return reply.json().catch(() => null);
}

export function connectionLost() {
  if (showLine("Connection lost, retrying…")) return;
  clearTimeout(timer);
  timer = setTimeout(ping, LOST_MS);
}

// Shows one line over the page; tells whether there was one before.
function showLine(text) {
  const before = byId("connection_line");
  if (before) before.textContent = text;
  else document.body.append(element("div", { id: "connection_line", role: "status" }, text));
  return before !== null;
}

// The server builds its page anew; ping() notices when it is there.
export function awaitNewPage() {
  showLine("Reloading the page…");
  clearTimeout(timer);
  timer = setTimeout(ping, LOST_MS);
}

async function ping() {
  let reply = null;
  try {
    const answer = await fetch("internal/ping", { cache: "no-store" });
    reply = answer.ok ? await answer.json() : null;
  } catch {
    // The server is away.
  }
  if (reply === null) {
    connectionLost();
  } else if (!reply.ready) {
    showLine(reply.error || "The server is starting…");
  } else if (bootId && reply.boot_id !== bootId) {
    return location.reload(); // Its page may differ. What was typed is kept by session.js.
  } else {
    bootId = reply.boot_id;
    byId("connection_line")?.remove();
  }
  clearTimeout(timer);
  timer = setTimeout(ping, byId("connection_line") ? LOST_MS : CALM_MS);
}

export function startConnection() {
  timer = setTimeout(ping, CALM_MS);
  document.addEventListener("visibilitychange", () => document.hidden || ping());
}
