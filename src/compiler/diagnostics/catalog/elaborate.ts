/** What can be wrong in elaboration: shapes, hyper-parameters, ratios. */

export const elaborateCatalog = {};
