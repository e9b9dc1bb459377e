// Package hear hands on what fellow teams tell by objects: what they observed becomes events of their feed, and an incident a report.
//
// It reads stored objects in the order of their numbers, behind a cursor that moves only once everything before it was handed on. What is handed on is
// taken once however often it is given: events by the keys of their rows, reports by a key of the object's version. So a process that dies loses
// nothing and doubles nothing. Objects that the team gave itself are not read.
//
// What an object says about whose anything is counts for nothing here: a peer that lies about its patch tells of addresses, and the register knows
// whose these are.
package hear
