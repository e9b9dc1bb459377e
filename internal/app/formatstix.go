package app

import (
	"bytes"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/mailreport"
	feedobserved "github.com/firehall/firehall/internal/feed/observed"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

func stixFormat(a *App, _ config.Feed, d format.Defaults) (format.Format, error) {
	return feedobserved.New(a.Clock, d, readObserved), nil
}

func stixMailFormat(a *App, f config.Feed, d format.Defaults) (format.Format, error) {
	rows, err := stixFormat(a, f, d)
	return mailreport.NewBundle(rows), err
}

// stixFaults are the codes under which a feed sets aside what is no sound object.
var stixFaults = map[stix.Code]string{
	stix.TooLarge: event.RejectTooLong, stix.TooLong: event.RejectTooLong, stix.TooMany: event.RejectTooLong, stix.TooDeep: event.RejectTooLong,
	stix.Missing: event.RejectMissing, stix.Future: event.RejectTime,
}

// readObserved finds what a bundle says observed.
func readObserved(data []byte, now time.Time) ([]feedobserved.Row, error) {
	list, bad, err := stix.Parse(bytes.NewReader(data), stix.Limits{Now: now})
	seen, unfit := convert.Observations(list)
	rows := make([]feedobserved.Row, 0, len(seen)+len(unfit)+len(bad))
	for _, o := range seen {
		r := feedobserved.Row{Raw: o.Object.Raw, Nth: o.Nth, Offset: o.Object.Offset}
		for _, f := range o.Fields {
			r.Fields = append(r.Fields, feedobserved.Field(f))
		}
		rows = append(rows, r)
	}
	for _, u := range unfit {
		rows = append(rows, feedobserved.Row{Raw: u.Object.Raw, Offset: u.Object.Offset, Fault: format.Fault{Code: u.Code, Reason: u.Object.ID + ": " + u.Reason}})
	}
	for _, no := range bad {
		code := stixFaults[no.Code]
		if code == "" {
			code = event.RejectSyntax
		}
		reason := no.Reason
		if no.ID != "" {
			reason = no.ID + ": " + reason
		}
		rows = append(rows, feedobserved.Row{Raw: no.Raw, Offset: no.Offset, Fault: format.Fault{Code: code, Reason: reason}})
	}
	return rows, err
}
