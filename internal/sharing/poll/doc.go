// Package poll asks other teams' TAXII servers for what is new.
//
// Each source of the configuration has one job at a time in the queue, so one process asks, and the job posts its own next run. What came is put into
// the source's collection page by page, and how far that is stands in the state store with it: a poll that is cut off goes on where it ended, by the
// server's cursor or by the moment of the last object. An object that comes twice is taken in once. One that cannot be taken in is set aside and
// holds up nothing. After a failure the server is asked again later, twice as late each time, and not before it said (Retry-After).
package poll
