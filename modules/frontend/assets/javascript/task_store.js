// Remembers which job a page waits for: per browser tab, so that a reload finds it again, and the last one of all tabs.

const key = (tab) => `${tab}_task_id`;

function store(kind, name, value) {
  try {
    if (value === null) kind.removeItem(name);
    else kind.setItem(name, value);
  } catch {
    // Storage is full or forbidden: the page works without.
  }
}

function read(kind, name) {
  try {
    return kind.getItem(name);
  } catch {
    return null;
  }
}

export const localSet = (name, value) => store(localStorage, name, value);
export const localGet = (name, fallback = null) => read(localStorage, name) ?? fallback;
export const localRemove = (name) => store(localStorage, name, null);

export function rememberTask(tab, id) {
  store(sessionStorage, key(tab), id);
  store(localStorage, key(tab), id);
}

export function forgetTask(tab, id) {
  if (read(sessionStorage, key(tab)) === id) store(sessionStorage, key(tab), null);
  if (read(localStorage, key(tab)) === id) store(localStorage, key(tab), null);
}

export const ownTask = (tab) => read(sessionStorage, key(tab));
export const lastTask = (tab) => read(localStorage, key(tab));

export const sessionSet = (name, value) => store(sessionStorage, name, value);
export const sessionGet = (name) => read(sessionStorage, name);
