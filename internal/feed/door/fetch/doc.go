// Package fetch asks for feeds at the addresses that the configuration names.
//
// Each feed has one job at a time in the queue, so one process asks, and the job posts its own next run. A source is asked only whether
// something is new (ETag, Last-Modified); what it answers is accepted as any other input, and the same content again is nothing new. After a
// failure it is asked again later, twice as late each time, and not before it said (Retry-After). Which addresses may be reached is
// platform/httpx's to say; time and size are bounded.
package fetch
