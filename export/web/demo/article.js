/**
 * The article, its sentences shaded by score and the chosen ones marked, with a table of the scores.
 * The same picture as `bertsum summarize --html` draws.
 */

// Of a sentence in the table of scores: enough to tell which it is.
const SENTENCE_START = 90;

/** @param {string} text @param {readonly import("../bertsum.js").Sentence[]} sentences */
export function renderArticle(text, sentences) {
  // Not Math.max(...), nor replaceChildren(...): a novel has more sentences than a call may have arguments.
  const highest = sentences.reduce((most, { score }) => Math.max(most, probability(score)), 0);
  const article = document.createDocumentFragment();
  let end = 0;
  for (const sentence of sentences) {
    const share = highest ? probability(sentence.score) / highest : 0;
    const shaded = document.createElement(tagOf(sentence));
    shaded.id = idOf(sentence);
    shaded.textContent = sentence.text;
    shaded.title = `score ${sentence.score.toFixed(2)}`;
    shaded.style.setProperty("--score", share.toFixed(2));
    article.append(text.slice(end, sentence.utf16Start), shaded);
    end = sentence.utf16End;
  }
  article.append(text.slice(end));
  document.getElementById("sentences").replaceChildren(article);
  const table = document.createDocumentFragment();
  for (const row of rows(sentences)) table.append(row);
  document.getElementById("rows").replaceChildren(table);
}

/** Marks the chosen sentences, of those that are there already. */
export function renderChoice(sentences) {
  for (const sentence of sentences) {
    const shown = document.getElementById(idOf(sentence));
    if (!shown || shown.localName === tagOf(sentence)) continue;
    const other = document.createElement(tagOf(sentence));
    for (const { name, value } of shown.attributes) if (name !== "style") other.setAttribute(name, value);
    other.style.setProperty("--score", shown.style.getPropertyValue("--score"));
    other.append(...shown.childNodes);
    shown.replaceWith(other);
  }
  for (const row of document.getElementById("rows").rows) {
    row.cells[1].textContent = sentences[row.dataset.sentence].selected ? "yes" : "no";
  }
}

function* rows(sentences) {
  for (const sentence of [...sentences].sort((one, other) => other.score - one.score)) {
    const row = document.createElement("tr");
    row.dataset.sentence = sentence.index;
    const score = row.insertCell();
    score.className = "number";
    score.textContent = sentence.score.toFixed(2);
    row.insertCell().textContent = sentence.selected ? "yes" : "no";
    const link = document.createElement("a");
    link.href = `#${idOf(sentence)}`;
    link.textContent = startOf(sentence.text);
    const cell = row.insertCell();
    Object.assign(cell, { lang: "", dir: "auto" });
    cell.append(link);
    yield row;
  }
}

const tagOf = ({ selected }) => (selected ? "mark" : "span");

const idOf = ({ index }) => `sentence-${index + 1}`;

/** The logistic function. */
const probability = (score) => 1 / (1 + Math.exp(-score));

function startOf(sentence) {
  const text = sentence.split(/\s+/).join(" ");
  if (text.length <= SENTENCE_START) return text;
  return `${text.slice(0, SENTENCE_START).replace(/ [^ ]*$/, "")} …`;
}
