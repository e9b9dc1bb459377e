// Package figure says how the team does: how many reports and incidents came, were closed and reopened, how long it took, and who worked when.
//
// Figures are made from moments, which are written as things happen, in the transaction of the change: what is reopened, undone or merged later does
// not rewrite what was. They are computed over what the reader may see, so that no figure tells of a restricted incident to who is not its member:
// two readers may see different figures. Reports that were tests count nowhere. A recomputation from the audit record gives the same figures.
package figure
