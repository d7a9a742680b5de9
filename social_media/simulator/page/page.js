"use strict";

const REFRESH_MS = 1000;
const DEEPEST = 4;
const seen = new Set();
let tag = "";
let first = true;

const byId = (id) => document.getElementById(id);

/** A new element with attributes and children; strings become text, never HTML. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const plural = (number, word) => `${number.toLocaleString()} ${word}${number === 1 ? "" : "s"}`;

function figure(name, value, options = {}) {
  return element(
    "div",
    { class: `figure ${options.kind || ""}`, "data-network": options.network },
    element("span", { class: "name" }, name),
    element("span", { class: "value" }, value.toLocaleString()),
    options.note ? element("span", { class: "note" }, options.note) : null,
  );
}

function showFigures(board) {
  const { posts, doubled, duplicates_refused: refused } = board.summary;
  byId("figures").replaceChildren(
    figure("Posts", posts, { note: "on all networks" }),
    figure("Doubled", doubled, { kind: doubled ? "bad" : "good", note: refused ? `${refused} more refused by X` : "the same post twice" }),
    ...board.networks.map((network) =>
      figure(network.title, network.posts, { network: network.name, note: new URL(network.url).host })),
  );
  document.title = `${doubled ? "⚠ " : ""}${posts} posts · Simulated networks`;
}

function faultLine(fault) {
  const limits = [
    fault.account ? `@${fault.account}` : "every account",
    fault.kind === "refuse_connection" ? null : `on ${fault.on}`,
    fault.after ? `lets ${plural(fault.after, "call")} pass` : null,
    fault.calls === null ? null : `next ${plural(fault.calls, "call")}`,
    fault.seconds_left === null ? null : `${Math.ceil(fault.seconds_left)} s left`,
    `hit ${plural(fault.hits, "time")}`,
  ];
  return element(
    "li", {},
    element("code", {}, `${fault.network} ${fault.kind}`), ` ${fault.does} `,
    element("span", { class: "note" }, `(${limits.filter(Boolean).join(", ")})`),
  );
}

function showFaults(faults) {
  const box = byId("faults");
  box.hidden = faults.length === 0;
  box.replaceChildren(
    element("h2", {}, faults.length === 1 ? "1 fault in force" : `${faults.length} faults in force`),
    element("ul", {}, ...faults.map(faultLine)),
  );
}

function postItem(post) {
  const moment = new Date(post.created_at);
  const depth = Math.min(post.depth, DEEPEST);
  const kinds = ["post", depth && "reply", post.doubled && "doubled", !first && !seen.has(post.anchor) && "fresh"];
  seen.add(post.anchor);
  return element(
    "li",
    { class: kinds.filter(Boolean).join(" "), id: post.anchor, "data-depth": depth },
    element("p", { class: "text" }, post.text),
    element(
      "p", { class: "meta" },
      element("a", { href: `#${post.anchor}` }, element("time", { datetime: post.created_at, title: moment.toLocaleString() }, moment.toLocaleTimeString())),
      post.doubled ? element("span", { class: "mark" }, "doubled") : null,
      post.edits ? element("span", { class: "mark edited" }, `replaced ${plural(post.edits, "time")}`) : null,
    ),
  );
}

const more = (number, word) => (number ? [element("p", { class: "more" }, `and ${plural(number, word)} more`)] : []);

function column(network, account) {
  const threads = account.threads.map((thread) => element("ol", { class: "thread" }, ...thread.map(postItem)));
  return element(
    "article", { class: "column", "data-network": network.name },
    element(
      "header", {},
      element("h2", {}, element("span", { class: "network" }, network.title), `@${account.handle}`),
      element("span", { class: "count" }, plural(account.posts, "post")),
    ),
    ...(threads.length ? threads : [element("p", { class: "empty" }, "Nothing posted yet.")]),
    ...more(account.hidden, "older thread"),
  );
}

function showColumns(networks) {
  const columns = networks.flatMap((network) => [
    ...network.accounts.map((account) => column(network, account)),
    ...(network.hidden ? [element("article", { class: "column", "data-network": network.name }, ...more(network.hidden, "account"))] : []),
  ]);
  byId("columns").replaceChildren(
    ...(columns.length ? columns : [element("p", { class: "empty" }, "No accounts yet. Create one with POST /api/accounts.")]),
  );
}

function showWanted() {
  for (const marked of document.querySelectorAll(".wanted")) marked.classList.remove("wanted");
  const wanted = location.hash && byId(location.hash.slice(1));
  if (wanted) wanted.classList.add("wanted");
  return wanted;
}

function show(board) {
  showFigures(board);
  showFaults(board.faults);
  showColumns(board.networks);
  const wanted = showWanted();
  if (first && wanted) wanted.scrollIntoView({ block: "center" });
  first = false;
}

async function refresh() {
  const live = byId("live");
  try {
    const answer = await fetch("/api/board", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag");
      show(await answer.json());
    }
    live.textContent = "live";
    live.classList.remove("lost");
  } catch {
    live.textContent = "not reachable";
    live.classList.add("lost");
  }
  setTimeout(refresh, REFRESH_MS);
}

for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
addEventListener("hashchange", showWanted);
refresh();
