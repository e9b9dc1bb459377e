package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/release"
)

// What one Firehall mails under a label, a PAP and a policy is under them in another one that takes its files in, whatever the terms of that feed are: what is
// told of it there says so too, and what they forbid is not told.
func TestWhatAPeerMailsKeepsItsHandling(t *testing.T) {
	here := config.DefaultFeed()
	here.Format, here.TLP, here.PAP, here.Receivers = "list", "amber", "amber", []string{"constituent"}
	here.IEP = map[string]string{"permitted_actions": "none", "attribution": "must-not", "obfuscate_affected_parties": "must", "unmodified_resale": "must-not", "policy_name": "Of Ms Berg"}
	a := startNation(t, "CERT A", "a.example", "desk", here)
	a.register("organisation,network,contact\nHome Hospital,192.0.2.0/24,soc@home.example\n")
	if _, err := a.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: "desk", Name: "list.txt", Reader: strings.NewReader("192.0.2.3\n")}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.app.ApplyFindings(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	seen, err := a.app.Notify.Preview(t.Context(), tester, notification.PlanOptions{Organisation: "Home Hospital"}, nil)
	if err != nil || len(seen) != 1 || len(seen[0].Parts) != 1 {
		t.Fatal(seen, err)
	}
	got := a.tell()["soc@home.example"]
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	const under = "\n\nTLP:AMBER PAP:RED\nIEP: permitted_actions=none, attribution=must-not, obfuscate_affected_parties=must, unmodified_resale=must-not\n"
	for what, text := range map[string]string{"the preview": seen[0].Parts[0].Text, "the mail": strings.ReplaceAll(got[0].Text, "\r\n", "\n")} {
		if !strings.HasSuffix(strings.TrimRight(text, "\n")+"\n", under) {
			t.Errorf("%s ends with %q", what, text[max(0, len(text)-200):])
		}
	}
	for _, p := range got[0].Parts {
		for format, suffix := range map[string]string{"csv": ".csv", "xarf": ".xarf.json"} {
			if strings.HasSuffix(p.Name, suffix) {
				t.Run(format, func(t *testing.T) { takesIn(t, format, string(p.Body)) })
			}
		}
	}
	t.Run("mail", func(t *testing.T) { takesIn(t, "csv", string(a.raw("soc@home.example"))) })
}

// takesIn has another team take a file in, by a feed whose terms are wider.
func takesIn(t *testing.T, format, body string) {
	there := config.DefaultFeed()
	there.Format, there.TLP, there.Receivers = format, "green", []string{"constituent", "provider"}
	if format == "csv" {
		there.Mapping = map[string]string{"source.ip": "source.ip", "time.source": "time.source", "classification.type": "-", "finding": "-"}
	}
	b := startNation(t, "CERT B", "b.example", "cert-a", there)
	b.register("organisation,network,contact\nHome Hospital,192.0.2.0/24,soc@home.example\nISP,,abuse@isp.example\n")
	name := "cert-a"
	if strings.Contains(body, "MIME-Version") {
		name = "mail-of-a"
	}
	res, err := b.app.Feeds.Ingest(t.Context(), tester, feed.Source{Feed: name, Name: "told", Reader: strings.NewReader(body)})
	if err != nil || res.Events != 1 || res.SetAside != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	told := b.tell()["soc@home.example"]
	sources, err := b.app.Findings.Sources(t.Context())
	want := iep.Policy{Actions: iep.NoAction, Attribution: iep.MustNotAttribute, Obfuscate: true, NoResale: true}
	if err != nil || !slices.ContainsFunc(sources, func(s finding.Source) bool {
		return s.Label == tlp.Amber && s.PAP == tlp.PAPRed && s.IEP != nil && *s.IEP == want
	}) {
		t.Fatalf("%+v, %v", sources, err)
	}
	if len(told) != 1 || !strings.Contains(told[0].Text, "TLP:AMBER PAP:RED") || !strings.Contains(told[0].Text, want.Text()) || !strings.Contains(told[0].Subject, "TLP:AMBER") {
		t.Errorf("the owner is told: %v", told)
	}
	list, err := b.app.Release.Decisions(t.Context(), tester, release.Filter{Kind: findingItems, Limit: 10})
	if err != nil || len(list) == 0 || list[0].Item.PAP != tlp.PAPRed {
		t.Errorf("%+v, %v", list, err)
	}
}
