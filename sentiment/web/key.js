// The key that the service may ask for: kept for the visit, in this tab.

const NAME = "sentiment-key";
let memory = null; // where the browser allows no storage

export function readKey() {
  try {
    return sessionStorage.getItem(NAME) ?? memory;
  } catch {
    return memory;
  }
}

export function keepKey(key) {
  memory = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // the memory has it
  }
}

export function forgetKey() {
  memory = null;
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // it was never there
  }
}
