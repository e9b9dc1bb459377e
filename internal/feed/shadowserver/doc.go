// Package shadowserver reads the reports of the Shadowserver Foundation: CSV files, one kind of report a file.
//
// What each report is called, what it means (RSIT type, whose owner can act, whether that owner is responsible or the victim) and what its
// columns hold stands in reports.tsv; a file of the same form, given in the configuration, adds reports or replaces them. The page
// docs/reference/shadowserver.md is made from that table.
//
// The kind of report follows from the file name: the longest known name in it wins. Failing that the header decides, if all the reports
// that have it share one RSIT type (the shortest name, then the first by the alphabet, is taken); else a person must choose.
// A report nobody knows is read by the columns that all reports share, is classified as undetermined, and says so.
//
// A row is kept whole or set aside whole. A value that does not fit its field (a host that is no domain name, a path without a host)
// stays in extra under its column's name. Extras stay text exactly as they came. Columns that are not in the table are kept as extra.<column> and noted.
package shadowserver
