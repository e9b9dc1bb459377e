// Package team is the directory of fellow teams.
//
// Words: a Team is what is known of an organisation of the register (usually of the kind peer) as a team that handles incidents; its patch are
// its networks there, its channels its contacts there: one register, one matcher. An Agreement is what was signed with it, a Group is who
// shares with whom, a Proposal a change of a contact that waits for a second person, a Link is how a team confirms its entry by mail.
//
// Guarantees: nothing of an import makes a network match: a claim waits until a person approves it. A contact or a key of a team that has
// contacts changes only when another person than who proposed it says so, and the old address hears of it. What is shown to the public is what
// the team agreed to. Links are stored hashed, expire, show on GET and confirm on POST.
package team
