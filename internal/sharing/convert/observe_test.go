package convert_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/release/redact"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// rowsOf reads a bundle of these objects, of which only what matters has to be written.
func rowsOf(t *testing.T, objects ...string) (rows []map[string]string, unfit []convert.Unfit) {
	t.Helper()
	list, bad, err := stix.Parse(strings.NewReader(`{"objects":[`+strings.Join(objects, ",")+`]}`), stix.Limits{})
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	seen, unfit := convert.Observations(list)
	for _, o := range seen {
		row := map[string]string{}
		for _, f := range o.Fields {
			if row[f.Name] != "" {
				t.Errorf("%s is said twice", f.Name)
			}
			row[f.Name] = f.Value
		}
		rows = append(rows, row)
	}
	return rows, unfit
}

const (
	zeros   = "-0000-4000-8000-000000000000"
	made    = `"spec_version":"2.1","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z"`
	ipA     = `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000a` + zeros + `","value":"198.51.100.7"}`
	ipB     = `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000b` + zeros + `","value":"203.0.113.9/32"}`
	ipIn    = `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000c` + zeros + `","value":"10.1.2.3"}`
	ipNet   = `{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000d` + zeros + `","value":"198.51.100.0/24"}`
	name    = `{"type":"domain-name","spec_version":"2.1","id":"domain-name--0000000a` + zeros + `","value":"Evil.Example.","resolves_to_refs":["ipv4-addr--0000000b` + zeros + `"]}`
	pageURL = `{"type":"url","spec_version":"2.1","id":"url--0000000a` + zeros + `","value":"http://198.51.100.7/gate"}`
	file    = `{"type":"file","spec_version":"2.1","id":"file--0000000a` + zeros + `","hashes":{"MD5":"D41D8CD98F00B204E9800998ECF8427E"}}`
	flow    = `{"type":"network-traffic","spec_version":"2.1","id":"network-traffic--0000000a` + zeros + `","src_ref":"ipv4-addr--0000000a` + zeros + `","src_port":4711,"dst_ref":"ipv4-addr--0000000b` + zeros + `","dst_port":443,"protocols":["ipv4","tcp","https"]}`
	malware = `{"type":"malware","id":"malware--0000000a` + zeros + `",` + made + `,"name":"Mirai","is_family":true}`
)

// observed is an observed-data object of references, with more members.
func observed(more string, refs ...string) string {
	for i, r := range refs {
		refs[i] = `"` + r + zeros + `"`
	}
	return `{"type":"observed-data","id":"observed-data--0000000a` + zeros + `",` + made + `,"first_observed":"2026-11-20T08:00:00Z","last_observed":"2026-11-20T09:00:00Z","number_observed":3,"object_refs":[` + strings.Join(refs, ",") + `]` + more + `}`
}

// TestObservations says how what was observed becomes rows.
func TestObservations(t *testing.T) {
	policy := `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--0000000e` + zeros + `","created":"2026-11-20T08:00:00Z","extensions":{` +
		`"extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a":{"extension_type":"property-extension","iep_id":"7","affected_party_notifications":"must-not","tlp":"amber"}}}`
	common := map[string]string{"time.source": "2026-11-20T09:00:00.000Z", "extra.first_observed": "2026-11-20T08:00:00.000Z", "extra.number_observed": "3", "extra.stix_id": "observed-data--0000000a" + zeros}
	sighting := func(of, more string) string {
		return `{"type":"sighting","id":"sighting--0000000a` + zeros + `",` + made + `,"sighting_of_ref":"` + of + zeros + `"` + more + `}`
	}
	indicator := func(pattern, more string) string {
		return `{"type":"indicator","id":"indicator--0000000a` + zeros + `",` + made + `,"pattern":"` + pattern + `","pattern_type":"stix","valid_from":"2026-11-01T00:00:00Z"` + more + `}`
	}
	for title, c := range map[string]struct {
		objects []string
		want    []map[string]string
		alone   bool // without the common fields
	}{
		"traffic": {[]string{ipA, ipB, flow, file, observed(`,"labels":["rsit:infected-system"],"confidence":80`, "ipv4-addr--0000000a", "ipv4-addr--0000000b", "network-traffic--0000000a", "file--0000000a")}, []map[string]string{{
			"source.ip": "198.51.100.7", "source.port": "4711", "destination.ip": "203.0.113.9", "destination.port": "443", "protocol.transport": "tcp", "protocol.application": "https",
			"malware.hash.md5": "d41d8cd98f00b204e9800998ecf8427e", "classification.type": "infected-system", "feed.accuracy": "80",
		}}, false},
		"two machines":                    {[]string{ipA, ipB, observed("", "ipv4-addr--0000000a", "ipv4-addr--0000000b")}, []map[string]string{{"source.ip": "198.51.100.7"}, {"source.ip": "203.0.113.9"}}, false},
		"a name goes to its address":      {[]string{ipA, ipB, name, observed("", "ipv4-addr--0000000a", "ipv4-addr--0000000b", "domain-name--0000000a")}, []map[string]string{{"source.ip": "198.51.100.7"}, {"source.ip": "203.0.113.9", "source.fqdn": "evil.example"}}, false},
		"a name by itself":                {[]string{name, observed(`,"labels":["phishing"]`, "domain-name--0000000a")}, []map[string]string{{"source.fqdn": "evil.example", "classification.type": "phishing"}}, false},
		"a page goes to its host":         {[]string{ipA, ipB, pageURL, observed("", "ipv4-addr--0000000b", "ipv4-addr--0000000a", "url--0000000a")}, []map[string]string{{"source.ip": "203.0.113.9"}, {"source.ip": "198.51.100.7", "source.url": "http://198.51.100.7/gate"}}, false},
		"an address of the inside":        {[]string{ipA, ipIn, observed("", "ipv4-addr--0000000a", "ipv4-addr--0000000c")}, []map[string]string{{"source.ip": "198.51.100.7", "source.local_ip": "10.1.2.3"}}, false},
		"a network beside an address":     {[]string{ipA, ipNet, observed("", "ipv4-addr--0000000a", "ipv4-addr--0000000d")}, []map[string]string{{"source.ip": "198.51.100.7"}}, false},
		"malware that was seen":           {[]string{ipA, malware, sighting("malware--0000000a", `,"observed_data_refs":["observed-data--0000000a`+zeros+`"]`), observed("", "ipv4-addr--0000000a")}, []map[string]string{{"source.ip": "198.51.100.7", "malware.name": "Mirai"}}, false},
		"an indicator that was seen":      {[]string{ipA, indicator("[ipv4-addr:value = '203.0.113.9']", `,"indicator_types":["compromised"]`), sighting("indicator--0000000a", `,"observed_data_refs":["observed-data--0000000a`+zeros+`"]`), observed("", "ipv4-addr--0000000a")}, []map[string]string{{"source.ip": "198.51.100.7", "classification.type": "system-compromise"}}, false},
		"markings":                        {[]string{ipA, observed(`,"object_marking_refs":["`+stix.RefTLP(3)+`","`+stix.RefPAP(2)+`"]`, "ipv4-addr--0000000a")}, []map[string]string{{"source.ip": "198.51.100.7", "tlp": "amber+strict", "extra.pap": "amber"}}, false},
		"a policy":                        {[]string{ipA, policy, observed(`,"object_marking_refs":["marking-definition--0000000e`+zeros+`"]`, "ipv4-addr--0000000a")}, []map[string]string{{"source.ip": "198.51.100.7", "tlp": "amber", "extra.iep": `{"affected_party_notifications":"must-not","iep_id":"7","tlp":"amber"}`}}, false},
		"an indicator without the rest":   {[]string{indicator("[ipv4-addr:value = '198.51.100.7']", "")}, nil, true},
		"a sighting by itself":            {[]string{indicator("[ipv4-addr:value = '198.51.100.7']", `,"labels":["rsit:c2-server"]`), sighting("indicator--0000000a", `,"last_seen":"2026-11-19T00:00:00Z","count":2`)}, []map[string]string{{"time.source": "2026-11-19T00:00:00.000Z", "source.ip": "198.51.100.7", "classification.type": "c2-server", "extra.number_observed": "2", "extra.stix_id": "sighting--0000000a" + zeros}}, true},
		"under the stricter label":        {[]string{indicator("[domain-name:value = 'evil.example']", `,"object_marking_refs":["`+stix.RefTLP(2)+`"]`), sighting("indicator--0000000a", `,"last_seen":"2026-11-19T00:00:00Z","object_marking_refs":["`+stix.RefTLP(1)+`"]`)}, []map[string]string{{"time.source": "2026-11-19T00:00:00.000Z", "source.fqdn": "evil.example", "tlp": "amber", "extra.stix_id": "sighting--0000000a" + zeros}}, true},
		"looked for and not there":        {[]string{indicator("[ipv4-addr:value = '198.51.100.7']", ""), sighting("indicator--0000000a", `,"count":0`)}, nil, true},
		"a sighting of malware by itself": {[]string{malware, sighting("malware--0000000a", "")}, nil, true},
	} {
		rows, unfit := rowsOf(t, c.objects...)
		for _, want := range c.want {
			if !c.alone {
				maps.Copy(want, common)
			}
		}
		if len(unfit) > 0 || !slices.EqualFunc(rows, c.want, maps.Equal) {
			t.Errorf("%s:\n%v\nwant\n%v\n%v", title, rows, c.want, unfit)
		}
	}
	for title, c := range map[string]struct {
		objects []string
		reason  string
	}{
		"lost":                   {[]string{observed("", "ipv4-addr--0000000a")}, "did not come along"},
		"a network":              {[]string{ipNet, observed("", "ipv4-addr--0000000d")}, "is a network"},
		"a file by itself":       {[]string{file, observed("", "file--0000000a")}, "nobody can tell whose"},
		"taken back":             {[]string{ipA, observed(`,"revoked":true`, "ipv4-addr--0000000a")}, "took it back"},
		"a pattern of two":       {[]string{indicator("[ipv4-addr:value = '198.51.100.7' OR ipv4-addr:value = '198.51.100.8']", ""), sighting("indicator--0000000a", "")}, "one plain value"},
		"a hash":                 {[]string{indicator("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']", ""), sighting("indicator--0000000a", "")}, "on which machine"},
		"an indicator elsewhere": {[]string{sighting("indicator--0000000a", "")}, "did not come along"},
		"traffic of nobody":      {[]string{flow, observed("", "network-traffic--0000000a")}, "did not come along"},
	} {
		rows, unfit := rowsOf(t, c.objects...)
		if len(rows) > 0 || len(unfit) != 1 || !strings.Contains(unfit[0].Reason, c.reason) || unfit[0].Code == "" {
			t.Errorf("%s: %v, %+v", title, rows, unfit)
		}
	}
}

// STIX 2.0 has the observables within the observation.
func TestObservationsOfSTIX20(t *testing.T) {
	inside := `{"type":"observed-data","id":"observed-data--0000000a` + zeros + `","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","first_observed":"2026-11-20T09:00:00Z","last_observed":"2026-11-20T09:00:00Z","number_observed":1,"objects":{` +
		`"0":{"type":"ipv4-addr","value":"198.51.100.7"},"1":{"type":"ipv4-addr","value":"203.0.113.9"},"2":{"type":"network-traffic","src_ref":"0","dst_ref":"1","dst_port":80,"protocols":["tcp"]}}}`
	rows, unfit := rowsOf(t, inside)
	want := map[string]string{
		"time.source": "2026-11-20T09:00:00.000Z", "source.ip": "198.51.100.7", "destination.ip": "203.0.113.9", "destination.port": "80", "protocol.transport": "tcp", "extra.stix_id": "observed-data--0000000a" + zeros,
	}
	if len(rows) != 1 || len(unfit) > 0 || !maps.Equal(rows[0], want) {
		t.Errorf("%v %v", rows, unfit)
	}
	broken := strings.Replace(inside, `"value":"198.51.100.7"`, `"value":"no address"`, 1)
	if rows, unfit := rowsOf(t, broken); len(rows) > 0 || len(unfit) != 1 {
		t.Errorf("%v %v", rows, unfit)
	}
}

// What we tell of an event comes back as the same event.
func TestObservationsOfOurOwn(t *testing.T) {
	s := set()
	s.Seen(convert.Seen{ID: "event 1", First: earlier, Last: earlier, Count: 1, Sight: sight(), Type: "infected-system", Malware: "Mirai", Owner: &victim})
	c, err := s.Redact(convert.Reader{Profile: redact.For("self")})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := stix.WriteBundle(&out, "", c.Objects); err != nil {
		t.Fatal(err)
	}
	seen, unfit := convert.Observations(parsed(t, out.String()))
	if len(seen) != 1 || len(unfit) > 0 {
		t.Fatalf("%+v %+v", seen, unfit)
	}
	got := map[string]string{}
	for _, f := range seen[0].Fields {
		got[f.Name] = f.Value
	}
	from, to := sight().Source, sight().Dest
	for field, want := range map[string]string{
		"time.source": earlier.Format("2006-01-02T15:04:05.000Z"), "classification.type": "infected-system", "malware.name": "Mirai", "tlp": "amber", "extra.pap": "green", "extra.observed_by": "CERT-EX",
		"source.ip": from.Addr.String(), "source.local_ip": from.Local.String(), "source.account": from.Account, "source.port": "50123", "source.fqdn": "",
		"destination.ip": to.Addr.String(), "destination.port": "80", "protocol.transport": "tcp", "protocol.application": "http", "malware.hash.sha256": sight().SHA256,
		"extra.stix_domains": to.FQDN, "extra.stix_urls": to.URL,
	} {
		if !strings.EqualFold(got[field], want) {
			t.Errorf("%s is %q, and was %q", field, got[field], want)
		}
	}
}
