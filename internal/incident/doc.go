// Package incident is the room where the team is told what happened, and works on it.
//
// Words: a report is what somebody told us, once; an incident is what happened, with the reports that tell of it; an investigation is our
// dialogue with one party about it; a referral is a report that another team goes on with, under a clock of its own. The mailbox of a
// confidential report is where whoever holds its reply code reads our answers and writes on.
//
// Guarantees:
//
//   - Accept returns when the report is durable, with the job that assesses it; the same draft twice is one report.
//   - Who may not see a thing is told that it is not there. One predicate (Sight) stands in every query, before counting, paging and
//     suggesting. A restricted incident is seen by its named members with an agreement in force, and by who broke the glass; each reading is
//     on record before anything is shown.
//   - What is confidential, anonymous or restricted lies encrypted under a key of its own (package seal), and its text is in no index, log,
//     audit entry or mail subject. To erase the key is to erase the text.
//   - Of an anonymous reporter nothing is kept but what they wrote, and its times are rounded to the hour.
//   - Moves are a table (Moves); the check, the picture and the buttons come from it. Two people who change the same thing get a Clash with
//     both texts.
package incident
