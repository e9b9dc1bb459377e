// Package convert makes STIX 2.1 of what the team has, and what the team can use of STIX that came in.
//
// Words: a Set gathers the objects of one thing that is to be told (an incident, some findings); each field of them carries a
// sensitivity, as package redact knows it, and so may an object as a whole. Redact makes the copy for one audience: only then are
// there objects to be written. Read is the way back.
//
// Guarantees: nothing that a profile drops is in the copy, nor in a reference, an id or a marking of it: ids are made with a secret,
// so that nobody can find out by trying whom an object is about, and where a pseudonym stands for a name the id is of the group of
// readers too. An object that cannot stand without what was dropped goes with it. All that is given fits what package stix accepts.
//
// The rooms of the same floor are not known here: app fills the inputs of this package from incidents, findings and the register.
package convert
