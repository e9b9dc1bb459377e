package mail

import (
	"context"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/mime"
)

// TestMailOfAFeed offers to the feeds only what is whole, may be shown, and comes from whom it says; what they do not use is a report.
func TestMailOfAFeed(t *testing.T) {
	table := "Content-Type: multipart/mixed; boundary=b\r\n"
	body := "--b\r\n\r\nMore of them.\r\n--b\r\nContent-Type: text/csv; name=list.csv\r\n\r\nsource.ip\r\n192.0.2.7\r\n--b--\r\n"
	csam := strings.NewReplacer("text/csv; name=list.csv", "application/json; name=xarf.json", "source.ip\r\n192.0.2.7",
		`{"xarf_version":"4.2.0","report_id":"0b7c5b88-8ff7-4a4d-aa9d-feb398cd0001","timestamp":"2026-11-22T10:00:00Z","category":"content","type":"csam","url":"https://x.example/"}`).Replace(body)
	for name, one := range map[string]struct {
		mail          string
		change        []func(*Options)
		asked, report bool
	}{
		"proved":                {letter(table, body), []func(*Options){withDNS}, true, false},
		"proved, and of no use": {letter(table, strings.Replace(body, "More", "useless", 1)), []func(*Options){withDNS}, true, true},
		"nobody proved it":      {letter(table, body), nil, false, true},
		"somebody else's":       {strings.Replace(letter(table, body), "ada@victim.example", "ada@bank.example", 1), []func(*Options){withDNS}, false, true},
		"cut":                   {letter(table, body), []func(*Options){withDNS, func(o *Options) { o.Limits = mime.Limits{Size: 300} }}, false, true},
		"must not be shown":     {letter(table, csam), []func(*Options){withDNS}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Fed
			k := onSQLite(t, append(one.change, func(o *Options) {
				o.Feed = func(_ context.Context, _ identity.Actor, f Fed) (bool, error) {
					got = append(got, f)
					return !strings.Contains(f.Message.Text, "useless"), nil
				}
			})...)
			k.take(strings.Replace(one.mail, "we were hacked", "[TLP:GREEN] [PAP:AMBER] more", 1))
			k.work()
			if len(got) > 0 != one.asked || len(k.drafts) > 0 != one.report {
				t.Fatalf("the feeds were asked %d times, and there are %d reports", len(got), len(k.drafts))
			}
			if one.asked && (got[0].From != "ada@victim.example" || got[0].TLP != tlp.Green || !got[0].Said || got[0].PAP != tlp.PAPAmber) {
				t.Errorf("%+v", got[0])
			}
		})
	}
}
