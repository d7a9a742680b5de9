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

/** Make `nodes` the children of `parent`; those already in place stay untouched. */
function place(parent, nodes) {
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

const drawn = new Map();

/** What `draw` made of the same data before: a video that plays there plays on. */
function unchanged(key, data, draw) {
  const known = drawn.get(key);
  const json = JSON.stringify(data);
  if (known && known.json === json) return known.node;
  const node = draw(known && known.node);
  drawn.set(key, { json, node });
  return node;
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
  const { posts, doubled, duplicates_refused: refused, uploads } = board.summary;
  const { bytes_uploaded: bytes, uploaded_again: again } = board.summary;
  const megabytes = `${(bytes / 1e6).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;
  byId("figures").replaceChildren(
    figure("Posts", posts, { note: "on all networks" }),
    figure("Doubled", doubled, { kind: doubled ? "bad" : "good", note: refused ? `${refused} more refused by X` : "the same post twice" }),
    ...(bytes ? [figure("Uploads", uploads, { note: again ? `${megabytes}, ${again} for nothing` : megabytes })] : []),
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

function mediaFigure(media) {
  const shape = { width: media.width || undefined, height: media.height || undefined };
  const shown = media.kind === "video"
    ? element("video", { src: media.url, controls: true, preload: "metadata", playsinline: true, "aria-label": media.alt_text || "Video without a description" })
    : element("a", { href: media.url }, element("img", { src: media.url, alt: media.alt_text, loading: "lazy", ...shape }));
  const described = media.alt_text
    ? element("details", { class: "alt" }, element("summary", {}, "ALT"), element("p", {}, media.alt_text))
    : null;
  return element("figure", { "data-kind": media.kind }, shown, described);
}

function mediaGrid(post) {
  if (!post.media.length) return null;
  return element("div", { class: "media", "data-count": post.media.length }, ...post.media.map(mediaFigure));
}

function postItem(post) {
  const moment = new Date(post.created_at);
  const depth = Math.min(post.depth, DEEPEST);
  const kinds = ["post", depth && "reply", post.doubled && "doubled", !first && !seen.has(post.anchor) && "fresh"];
  seen.add(post.anchor);
  return element(
    "li",
    { class: kinds.filter(Boolean).join(" "), id: post.anchor, "data-depth": depth },
    post.text ? element("p", { class: "text" }, post.text) : null,
    mediaGrid(post),
    element(
      "p", { class: "meta" },
      element("a", { href: `#${post.anchor}` }, element("time", { datetime: post.created_at, title: moment.toLocaleString() }, moment.toLocaleTimeString())),
      post.doubled ? element("span", { class: "mark" }, "doubled") : null,
      post.edits ? element("span", { class: "mark edited" }, `replaced ${plural(post.edits, "time")}`) : null,
    ),
  );
}

const more = (number, word) => (number ? [element("p", { class: "more" }, `and ${plural(number, word)} more`)] : []);

function threadList(thread) {
  const key = `thread ${thread[0].anchor}`;
  return unchanged(key, thread, () => element("ol", { class: "thread" }, ...thread.map(postItem)));
}

function columnOf(network, account, known) {
  const head = element(
    "header", {},
    element("h2", {}, element("span", { class: "network" }, network.title), `@${account.handle}`),
    element("span", { class: "count" }, plural(account.posts, "post")),
  );
  const made = known || element("article", { class: "column", "data-network": network.name });
  const threads = account.threads.length
    ? account.threads.map(threadList)
    : [element("p", { class: "empty" }, "Nothing posted yet.")];
  place(made, [head, ...threads, ...more(account.hidden, "older thread")]);
  return made;
}

const column = (network, account) =>
  unchanged(`column ${network.name} ${account.handle}`, account, (known) => columnOf(network, account, known));

function showColumns(networks) {
  const columns = networks.flatMap((network) => [
    ...network.accounts.map((account) => column(network, account)),
    ...(network.hidden ? [element("article", { class: "column", "data-network": network.name }, ...more(network.hidden, "account"))] : []),
  ]);
  place(byId("columns"), columns.length ? columns : [element("p", { class: "empty" }, "No accounts yet. Create one with POST /api/accounts.")]);
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
