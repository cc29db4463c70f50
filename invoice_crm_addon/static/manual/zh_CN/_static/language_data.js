/*
 * This script contains the language-specific data used by searchtools.js,
 * namely the list of stopwords, stemmer, scorer and splitter.
 */

var stopwords = [];


/* Non-minified version is copied as a separate JS file, if available */

/**
 * Dummy stemmer for languages without stemming rules.
 */
var Stemmer = function() {
  this.stemWord = function(w) {
    return w;
  }
}



function splitQuery(query) {
  const words = [];
  for (const part of query.match(/[\u4e00-\u9fff]+|[A-Za-z0-9_]+/g) || []) {
    if (part.length < 3 || part.charCodeAt(0) < 0x4e00) words.push(part);
    else for (let i = 0; i < part.length - 1; i++) words.push(part.slice(i, i + 2));
  }
  return words;
}

