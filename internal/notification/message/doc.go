// Package message says to the owner of a network what was found in it: the
// text of the letter, in the recipient's language, and its attachments.
//
// A Letter is flat data. The Renderer turns one into a subject, a plain text of
// 72 columns that can be read on a telephone, a CSV file with a row for each
// observation, the same as X-ARF v4, and a JSON document for webhooks. Its
// words come from text templates and tables of advice: those embedded here, in
// English and French, and those of the team's own folder, which stand before
// them.
//
// What a Letter holds comes from outside and is hostile: control characters,
// marks that turn the direction of writing, line breaks and over-long values
// come out as visible escapes, addresses of pages and hosts are defanged, cells
// that a spreadsheet would take for formulas are disarmed. Templates see only
// strings, numbers and lists of them, can call nothing that reaches anywhere,
// and run under a deadline and a limit of their output.
package message
