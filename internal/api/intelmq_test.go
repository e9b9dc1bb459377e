package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/test/station"
)

// intelmq asks as IntelMQ's expert for tuency does.
func (c *caller) intelmq(query string, header http.Header) (int, map[string]any) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.URL+"/intelmq/lookup?"+query, nil)
	if err != nil {
		c.Fatal(err)
	}
	r.Header = header
	res, err := c.Client.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		c.Fatal(err)
	}
	return res.StatusCode, out
}

func TestIntelMQLookup(t *testing.T) {
	c := call(t, station.Options{})
	destination := func(name, mail string) map[string]any {
		return map[string]any{"destinations": []any{map[string]any{"source": "portal", "name": name, "contacts": []any{map[string]any{"email": mail}}}}}
	}
	nobody := map[string]any{"destinations": []any{}}
	daily, none := map[string]any{"unit": "days", "length": 1.0}, map[string]any{"unit": "immediate", "length": 1.0}
	const rest = "&classification_taxonomy=vulnerable&classification_type=vulnerable-system&feed_provider=Some+Provider&feed_status=production&feed_name="
	const now = "&classification_type=infected-system&feed_code=shadowserver"
	tests := []struct {
		name, query string
		want        map[string]any
	}{
		{"an address", "ip=192.0.2.10" + rest + "shadowserver", map[string]any{"ip": destination("City Hospital", "security@city-hospital.example"), "suppress": false, "interval": daily}},
		{"a name", "domain=www.city-hospital.example" + rest + "shadowserver", map[string]any{"domain": destination("City Hospital", "security@city-hospital.example"), "suppress": false, "interval": daily}},
		{"at once", "ip=192.0.2.10" + now, map[string]any{"ip": destination("City Hospital", "security@city-hospital.example"), "suppress": false, "interval": none}},
		{"a feed that lets them", "ip=192.0.2.10" + rest + "shadowserver", map[string]any{"ip": destination("City Hospital", "security@city-hospital.example"), "suppress": false, "interval": daily}},
		{"a feed that lets others only", "ip=203.0.113.3" + rest + "shadowserver", map[string]any{"ip": nobody, "suppress": true, "interval": none}},
		{"a feed that nobody knows", "ip=192.0.2.10" + rest + "FTP", map[string]any{"ip": nobody, "suppress": true, "interval": none}},
		{"no feed at all", "ip=192.0.2.10&classification_type=vulnerable-system", map[string]any{"ip": nobody, "suppress": true, "interval": none}},
		{"nobody's", "ip=198.51.100.200" + rest + "FTP", map[string]any{"ip": nobody, "suppress": false, "interval": none}},
		{"an address and nobody's name", "ip=192.0.2.10&domain=www.example.net" + rest + "shadowserver", map[string]any{"ip": destination("City Hospital", "security@city-hospital.example"), "domain": nobody, "suppress": false, "interval": daily}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, got := c.intelmq(tt.query, c.header)
			if diff := cmp.Diff(tt.want, got); status != http.StatusOK || diff != "" {
				t.Errorf("%d: %s", status, diff)
			}
		})
	}
}

// Each answer is a decision on record, made once for the same question: who was named to IntelMQ, and who was kept back by which rule.
func TestIntelMQLookupIsOnRecord(t *testing.T) {
	c := call(t, station.Options{})
	for range 3 {
		for _, feed := range []string{"shadowserver", "FTP", ""} {
			if status, got := c.intelmq("ip=192.0.2.10&feed_name="+feed, c.header); status != http.StatusOK {
				t.Fatal(status, got)
			}
		}
	}
	var got []string
	for _, d := range c.list("/releases").Items {
		got = append(got, d["rule"].(string))
	}
	slices.Sort(got)
	want := []string{"own-network", "receivers-unnamed", "receivers-unnamed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIntelMQLookupRefuses(t *testing.T) {
	c := call(t, station.Options{})
	for query, want := range map[string]string{
		"":                      "ask for an ip",
		"feed_name=x":           "ask for an ip",
		"ip=192.0.2.10&fqdn=x":  `no parameter "fqdn"`,
		"ip=not+an+address%21":  "",
		"domain=a&domain_ip=::": "no parameter",
		"ip=192.0.2.10&ip=::1":  "ip comes twice",
	} {
		status, got := c.intelmq(query, c.header)
		if detail, _ := got["detail"].(string); status < 400 || status >= 500 || !strings.Contains(detail, want) {
			t.Errorf("%q: %d %v", query, status, got)
		}
	}
	stranger := http.Header{"Authorization": {"Bearer of nothing"}}
	if status, got := c.intelmq("ip=192.0.2.10", stranger); status != http.StatusUnauthorized || got["ip"] != nil {
		t.Errorf("a stranger is told: %d %v", status, got)
	}
}
