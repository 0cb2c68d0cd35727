// Elements made without any HTML: whatever a tweet holds, it stays text.

/** Return an element with attributes, listeners (onclick …) and children, strings being text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Return the element of an id. */
export const byId = (id) => document.getElementById(id);
