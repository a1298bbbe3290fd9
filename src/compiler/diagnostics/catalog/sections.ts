/** What can be wrong in train, sample, export, ablation and sweep sections. */

export const sectionsCatalog = {};
