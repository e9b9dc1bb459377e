// Package mailreport reads reports of abuse made for machines: ARF mail (RFC 5965), X-ARF v4 as mail and as JSON.
//
// One report becomes one event. Evidence that a report carries (mails, pictures, logs) stays in the intake's blob and does not become part
// of the event: it may hold personal data that nobody downstream asked for. What is no field is kept in extra.
package mailreport
