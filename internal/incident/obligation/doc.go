// Package obligation keeps the clocks of the law, and the team's own: which duties an incident brings, when each of their stages is due, what was
// submitted when and to whom, and who has to be told before it is too late.
//
// A law is dated data: a TOML file with its stages. A stage hangs on an anchor: a moment that people state (when somebody became aware, when it was
// classified, when a ransom was paid), or the submission of an earlier stage. Until its anchor is known a stage is pending. Hours are hours that pass;
// days and months are those of the calendar, in the law's zone or the team's. The calculation is pure (Law.Stages); the Service keeps, for each
// incident, decisions, anchors, submissions with their proof, and rows of what is due, so that what is overdue is escalated once, whoever was down
// when the hour struck.
package obligation
