package countermeasure

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/feed/mailreport"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// schema reads the published schemas of X-ARF v4, where the reference data are at hand.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := filepath.Abs("../../../../shared/data/xarf/schemas/v4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the schemas of X-ARF are not at hand")
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(folder(dir))
	c.AssertFormat()
	s, err := c.Compile("https://xarf.org/schemas/v4/xarf-v4-master.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// folder loads the schemas by the paths of their published addresses.
type folder string

func (f folder) Load(address string) (any, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(string(f), strings.TrimPrefix(u.Path, "/schemas/v4/")))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

func TestReportsAreXARF(t *testing.T) {
	s := New(Options{Team: Team{Name: "CERT", Email: "cert@cert.example"}})
	sch := schema(t)
	values := map[AssetKind]string{
		URL: "http://shop.example/log in?a=b c\u00e9", Domain: "shop.example", Address: "198.51.100.7", Mailbox: "mule@mail.example", Other: "account @x on a \u202e network",
	}
	for _, kind := range AssetKinds() {
		for _, abuse := range Abuses() {
			t.Run(string(kind)+" "+string(abuse), func(t *testing.T) {
				r := &record{Countermeasure: Countermeasure{Ref: "C-000000", Kind: Takedown, Asset: Asset{Kind: kind, Value: values[kind]}, Abuse: abuse}}
				text := s.xarf(r, "01", start, under{tlp.AmberStrict, release.Handling{PAP: tlp.PAPRed, IEP: &iep.Policy{Actions: iep.NoAction}}})
				doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				if err := sch.Validate(doc); err != nil {
					t.Errorf("%v\n%s", err, text)
				}
			})
		}
	}
}

func TestReportsNeedAReporter(t *testing.T) {
	r := &record{Countermeasure: Countermeasure{Asset: Asset{Kind: URL, Value: "http://shop.example/"}}}
	for _, team := range []Team{{}, {Name: "CERT"}, {Email: "cert@cert.example"}} {
		if text := New(Options{Team: team}).xarf(r, "01", start, under{}); text != "" {
			t.Errorf("%+v: %s", team, text)
		}
	}
}

// The same message is the same report, and says what it is about.
func TestReportNames(t *testing.T) {
	s := New(Options{Team: Team{Name: "CERT", Email: "cert@cert.example"}})
	tests := []struct {
		name   string
		asset  Asset
		abuse  Abuse
		source string
		kind   string
	}{
		{"a URL", Asset{Kind: URL, Value: "https://a.example/x"}, Phishing, "a.example", "phishing"},
		{"a URL seen at an address", Asset{Kind: URL, Value: "https://a.example/x", Seen: "198.51.100.7"}, Malware, "198.51.100.7", "malware"},
		{"a domain", Asset{Kind: Domain, Value: "a.example"}, Compromise, "a.example", "remote_compromise"},
		{"a mailbox", Asset{Kind: Mailbox, Value: "x@a.example"}, Spam, "a.example", "spam"},
		{"an address", Asset{Kind: Address, Value: "198.51.100.7"}, Control, "198.51.100.7", "botnet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &record{Countermeasure: Countermeasure{Ref: "C-000000", Asset: tt.asset, Abuse: tt.abuse}}
			var got, again report
			if json.Unmarshal([]byte(s.xarf(r, "01", start, under{})), &got) != nil || json.Unmarshal([]byte(s.xarf(r, "01", start.Add(time.Hour), under{})), &again) != nil {
				t.Fatal("no JSON")
			}
			if got.Source != tt.source || got.Type != tt.kind || got.ID != again.ID {
				t.Errorf("%+v", got)
			}
		})
	}
}

// The report for machines says how it is to be handled as the mail does that it goes with: by what the incident's sources and persons said by then; and whoever
// takes it in keeps to that.
func TestReportsSayHowToHandleThem(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		plain := h.asked(t, nil)
		h.pap(t, h.about, tlp.PAPAmber)
		item, _, err := h.o.Incidents.ReleaseItem(t.Context(), ada, h.about)
		if err != nil {
			t.Fatal(err)
		}
		policy := &iep.Policy{Name: "Of Ms Berg", TLP: tlp.Amber, Attribution: iep.MustNotAttribute}
		if _, err := h.o.Release.Record(t.Context(), ada, item, release.Wish{IEP: policy, Word: "Ms Berg, by mail"}); err != nil {
			t.Fatal(err)
		}
		strict := h.asked(t, nil)
		for _, tt := range []struct {
			c    Countermeasure
			want map[string]string
		}{
			{plain, map[string]string{"tlp": "green", "extra.pap": "", "extra.iep": ""}},
			{strict, map[string]string{"tlp": "amber", "extra.pap": "amber", "extra.iep": "tlp=amber, attribution=must-not"}},
		} {
			m := tt.c.Messages[0]
			if strings.Contains(m.XARF, "Berg") {
				t.Errorf("it says whose policy it is: %s", m.XARF)
			}
			got := formattest.Decode(t, mailreport.NewXARF(formattest.Clock, format.Defaults{}), "x.json", m.XARF, 1<<20)
			if got.Rows() != 1 {
				t.Fatalf("%v\n%s", got.Rejects(), m.XARF)
			}
			formattest.Want(t, got.Row(0), tt.want)
			d, _, err := h.post.Get(t.Context(), identity.System("test"), m.Delivery)
			if err != nil {
				t.Fatal(err)
			}
			if said := strings.Join(d.Under, " "); (said != "") != (tt.want["extra.iep"] != "") || said != "" && !strings.Contains(said, tt.want["extra.iep"]) {
				t.Errorf("the mail says %q", said)
			}
		}
	})
}
