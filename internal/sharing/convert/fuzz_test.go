package convert_test

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// FuzzObservations reads what strangers call observed: each row names a time and something, addresses are addresses, and no field is said twice.
func FuzzObservations(f *testing.F) {
	f.Add([]byte(`{"objects":[` + ipA + "," + ipB + "," + name + "," + flow + "," + file + "," + observed(`,"labels":["rsit:scanner"]`, "network-traffic--0000000a", "domain-name--0000000a", "file--0000000a") + `]}`))
	f.Add([]byte(`{"objects":[` + ipA + "," + ipIn + "," + pageURL + "," + observed("", "ipv4-addr--0000000a", "ipv4-addr--0000000c", "url--0000000a") + `]}`))
	f.Add([]byte(`{"type":"observed-data","id":"observed-data--0000000a` + zeros + `","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","first_observed":"2026-11-20T09:00:00Z","last_observed":"2026-11-20T09:00:00Z","number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"198.51.100.7"},"2":{"type":"network-traffic","src_ref":"0","dst_ref":"2","protocols":["tcp"]}}}`))
	f.Add([]byte(`{"objects":[{"type":"indicator","id":"indicator--0000000a` + zeros + `",` + made + `,"pattern":"[url:value = 'http://x/']","pattern_type":"stix","valid_from":"2026-11-01T00:00:00Z"},{"type":"sighting","id":"sighting--0000000a` + zeros + `",` + made + `,"sighting_of_ref":"indicator--0000000a` + zeros + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _, _ := stix.Parse(bytes.NewReader(data), stix.Limits{})
		seen, unfit := convert.Observations(list)
		for _, o := range seen {
			var names []string
			for _, field := range o.Fields {
				names = append(names, field.Name)
				if field.Value == "" {
					t.Errorf("%s is empty", field.Name)
				}
				if field.Name == "source.ip" || field.Name == "destination.ip" {
					if _, err := netip.ParseAddr(field.Value); err != nil {
						t.Error(err)
					}
				}
				if field.Name == "time.source" {
					if _, err := time.Parse(time.RFC3339, field.Value); err != nil {
						t.Error(err)
					}
				}
			}
			slices.Sort(names)
			if !slices.Contains(names, "time.source") || len(slices.Compact(names)) != len(o.Fields) {
				t.Errorf("%v", names)
			}
		}
		for _, u := range unfit {
			if u.Reason == "" || u.Code == "" {
				t.Errorf("%+v", u)
			}
		}
	})
}
