/** What the page shows, and what its controls do. */

import { Engine } from "./engine.js";
import { startServiceWorker, worksOffline } from "./offline.js";
import { renderArticle, renderChoice } from "./article.js";
import { checkText, InputError, NO_TEXT, textOf } from "./text-file.js";

// Longer summaries are no summaries, and a slider with more steps is hard to set.
const MOST_SENTENCES = 20;

const element = (id) => document.getElementById(id);

/** Settled when the model is loaded, or could not be; a new engine is made to try again. */
let loaded;
let hasFailed = false;
let engine;

/** The text that is shown, and a count of the texts: what comes late for an older one is dropped. */
let current = 0;
let sentences = [];
let wanted;

// --- The model ---------------------------------------------------------------------------------

async function load() {
  if (typeof WebAssembly !== "object") {
    throw new InputError(
      "This browser has no WebAssembly, which the model needs: " +
        "switch it on, or take a current Firefox, Chrome, Edge or Safari.",
    );
  }
  showWork("Loading the model");
  await startServiceWorker();
  engine?.close();
  engine = new Engine(showProgress);
  const facts = await engine.load();
  wanted ??= facts.sentences;
  element("size").textContent = `${(facts.bytes / 1e6).toFixed(1)} MB`;
  element("loading").textContent = milliseconds(facts.milliseconds);
  hideWork();
  worksOffline().then((works) => {
    element("offline").textContent = works ? "ready" : "no";
  });
}

function startLoading() {
  hideAlert();
  hasFailed = false;
  loaded = load();
  loaded.catch((error) => {
    hasFailed = true;
    hideWork();
    if (error instanceof InputError) return showAlert(error.message);
    const reason = error.message.replace(/[.!]?$/, "");
    showAlert(`The model could not be loaded (${reason}): check the connection, then try again.`, true);
  });
}

// --- From a text to its summary ----------------------------------------------------------------

/** Scores a text, and shows it with its summary. */
async function summarise(text) {
  const own = ++current;
  hideAlert();
  try {
    checkText(text);
    element("text").value = text;
    if (hasFailed) startLoading();
    await loaded;
  } catch (error) {
    // Of what went wrong with the loading, startLoading has told.
    if (own === current && error instanceof InputError) showAlert(error.message);
    return;
  }
  if (own !== current) return;
  try {
    showWork("Scoring the sentences", true);
    element("length").disabled = true; // until there are scores of the text that is to be shown
    await engine.stop();
    const { sentences: count, milliseconds: scoring } = await engine.analyse(text);
    if (own !== current) return;
    if (count === 0) {
      // Separators that are no white space to JavaScript.
      show("input");
      return showAlert(NO_TEXT);
    }
    element("scoring").textContent = milliseconds(scoring);
    prepareSlider(count);
    const choice = await choose();
    if (own !== current) return;
    renderArticle(text, choice.sentences);
    showChoice(choice);
    show("result");
    element("summary-title").focus();
    say(`The summary has ${lengthText(choice.sentences)}.`);
  } catch (error) {
    if (own !== current) return;
    show("input");
    showAlert(`The text could not be summarised: ${error.message}`);
  } finally {
    if (own === current) hideWork();
  }
}

function prepareSlider(count) {
  const slider = element("length");
  slider.max = Math.max(1, Math.min(count, MOST_SENTENCES));
  slider.value = wanted;
  slider.disabled = count === 1;
  note(count === 1 ? "The text is a single sentence: there is nothing to leave out." : "");
}

function choose() {
  return engine.choose({ sentences: Number(element("length").value) });
}

function showChoice(choice) {
  sentences = choice.sentences;
  element("chosen").textContent = choice.summary;
  element("choosing").textContent = milliseconds(choice.milliseconds);
  const slider = element("length");
  element("length-text").textContent = lengthText(sentences);
  slider.setAttribute("aria-valuetext", lengthText(sentences));
  renderChoice(sentences);
  const chosen = sentences.filter(({ selected }) => selected).length;
  if (!slider.disabled) {
    note(chosen < slider.value ? "The others repeat what is chosen already." : "");
  }
}

/** "3 of 20 sentences". */
function lengthText(all) {
  const chosen = all.filter(({ selected }) => selected).length;
  return `${chosen} of ${all.length} ${all.length === 1 ? "sentence" : "sentences"}`;
}

async function summariseFile(file) {
  const own = ++current;
  hideAlert();
  try {
    const text = await textOf(file);
    if (own === current) await summarise(text);
  } catch (error) {
    showAlert(error.message);
  }
}

async function summariseSample() {
  try {
    const response = await fetch("sample.txt");
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    await summarise(await response.text());
  } catch (error) {
    showAlert(`The sample could not be loaded (${error.message}): check the connection, then try again.`);
  }
}

// --- What is seen ------------------------------------------------------------------------------

/** Shows the text field or the result. */
function show(part) {
  element("input").hidden = part !== "input";
  element("result").hidden = part !== "result";
  document.body.dataset.part = part;
}

function edit(text) {
  current++;
  engine?.stop();
  hideWork();
  hideAlert();
  show("input");
  element("text").value = text;
  element("text").focus();
}

function showAlert(message, canRetry = false) {
  element("alert-text").textContent = message;
  element("retry").hidden = !canRetry;
  element("alert").hidden = false;
  element("alert").scrollIntoView({ block: "nearest" });
}

function hideAlert() {
  element("alert").hidden = true;
}

function showWork(what, canStop = false) {
  element("work-text").textContent = what;
  element("progress").removeAttribute("value");
  element("stop").hidden = !canStop;
  element("work").hidden = false;
}

function showProgress({ what, done, all }) {
  if (what === "bytes") {
    const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
    element("work-text").textContent =
      `Loading the model, ${megabytes(done)} ${all ? `of ${megabytes(all)} ` : ""}MB`;
  }
  if (all && done < all) element("progress").value = done / all;
  else element("progress").removeAttribute("value");
}

function hideWork() {
  element("work").hidden = true;
}

function note(message) {
  element("length-note").textContent = message;
  element("length-note").hidden = !message;
}

/** To screen readers. */
function say(message) {
  element("status").textContent = message;
}

function milliseconds(value) {
  if (value < 0.1) return "< 0.1 ms";
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value).toLocaleString("en")} ms`;
}

// --- Controls ----------------------------------------------------------------------------------

element("input").addEventListener("submit", (event) => {
  event.preventDefault();
  summarise(element("text").value);
});

element("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) element("input").requestSubmit();
});

element("open").addEventListener("click", () => element("file").click());
element("file").addEventListener("change", ({ target }) => {
  if (target.files.length) summariseFile(target.files[0]);
  target.value = ""; // so that the same file can be opened again
});
element("sample").addEventListener("click", summariseSample);
element("retry").addEventListener("click", startLoading);
element("stop").addEventListener("click", () => edit(element("text").value));
element("edit").addEventListener("click", () => edit(element("text").value));
element("new").addEventListener("click", () => edit(""));

let chosenLast = 0;
element("length").addEventListener("input", async ({ target }) => {
  wanted = Number(target.value);
  const own = ++chosenLast;
  const text = current;
  const choice = await choose();
  if (own === chosenLast && text === current) showChoice(choice);
});

let copied;
element("copy").addEventListener("click", async ({ target }) => {
  clearTimeout(copied);
  try {
    await navigator.clipboard.writeText(element("chosen").textContent);
    target.textContent = "Copied";
    say("The summary is copied.");
  } catch {
    getSelection().selectAllChildren(element("chosen"));
    target.textContent = "Selected: copy it";
    say("The browser did not let the page copy. The summary is selected: copy it.");
  }
  copied = setTimeout(() => (target.textContent = "Copy summary"), 2500);
});

// A paste that replaces all there is, wherever it goes, is a new article.
document.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain");
  const field = element("text");
  const isEditing =
    event.target === field && field.value.slice(field.selectionStart, field.selectionEnd) !== field.value;
  if (!text || isEditing) return;
  event.preventDefault();
  summarise(text);
});

// Drops, anywhere on the page.
let over = 0;
const isForUs = ({ dataTransfer }) =>
  ["Files", "text/plain"].some((type) => dataTransfer.types.includes(type));
const showDrop = (isOver) => (element("drop").hidden = !isOver);
addEventListener("dragenter", (event) => {
  if (isForUs(event)) showDrop(++over > 0);
});
addEventListener("dragleave", (event) => {
  if (isForUs(event)) showDrop(--over > 0);
});
addEventListener("dragover", (event) => {
  if (isForUs(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!isForUs(event)) return;
  event.preventDefault();
  showDrop((over = 0));
  const [file] = event.dataTransfer.files;
  if (file) summariseFile(file);
  else summarise(event.dataTransfer.getData("text/plain"));
});

show("input");
startLoading();
