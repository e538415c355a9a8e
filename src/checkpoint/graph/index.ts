/** What ties processes together, as a picture. */
export { type Box, type FoldedGraph, fold, type Link } from './fold.js';
export { graphOfClosure } from './from-closure.js';
export { graphOfDocument } from './from-document.js';
export type { Graph, GraphTie } from './graph.js';
