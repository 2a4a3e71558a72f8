// What the pages of extra networks ask of the server.

const BASE = "internal/extra-networks";

async function answered(reply) {
  if (reply.ok) return reply.json();
  const said = await reply.json().catch(() => ({}));
  const detail = said.errors || said.detail;
  throw new Error(typeof detail === "string" && detail ? detail : `The server answered ${reply.status}.`);
}

async function ask(path, query) {
  return answered(await fetch(`${path}?${new URLSearchParams(query)}`, { cache: "no-store" }));
}

async function send(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export const fetchCards = (page) => ask(`${BASE}/cards`, { page });
export const refreshCards = (page) => send(`${BASE}/refresh`, { page });
export const fetchDetails = (page, item) => ask(`${BASE}/details`, { page, item });
export const saveDetails = (page, item, values) => send(`${BASE}/details`, { page, item, values });
export const savePreview = (page, item, image) => send(`${BASE}/preview`, { page, item, image });
export const fetchCard = (page, name) => ask("sd_extra_networks/get-single-card", { page, name });
export const fetchMetadata = (page, item) => ask("sd_extra_networks/metadata", { page, item });
