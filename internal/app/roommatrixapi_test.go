package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/api"
	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/observable"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// secretWord stands in whatever of the team's own the API could give.
const secretWord = "zeldas-matter"

// belongings are things of the team's own under one label and PAP: ids by the parameter of the address that they fill.
type belongings map[string]string

// keep opens an incident with a report and what hangs on it.
func (r *reading) keep(label tlp.Label, pap tlp.PAP) belongings {
	r.Helper()
	rep, err := r.a.Incidents.Accept(r.Context(), handler, incident.Draft{
		Door: incident.Phone, Subject: secretWord, Text: secretWord, TLP: label, Reporter: incident.Reporter{Email: "berg@victim.example"},
		Answers: incident.Answers{Peers: true, Police: true, Vendor: true, Provider: true},
	})
	r.must(err)
	i, err := r.a.Incidents.OpenIncident(r.Context(), handler, incident.Opening{Title: secretWord, TLP: label, PAP: &pap, Reports: []string{rep.ID}})
	r.must(err)
	_, err = r.a.Observables.Add(r.Context(), handler, i.ID, []observable.Draft{{Kind: "domain", Value: secretWord + ".badthings.net", Role: observable.Infrastructure, Detection: true}})
	r.must(err)
	return belongings{"incidents": i.ID, "reports": rep.ID, "organisations": r.whom[0].id, "teams": r.whom[len(r.whom)-1].id, "released": i.Ref}
}

// readable are the addresses of all that the API gives, with what has to be asked for.
func (r *reading) readable() (addresses []string) {
	for path, item := range api.New(api.Options{Clock: r.clock}).Description().Paths {
		if item.Get == nil || strings.HasSuffix(path, "/live") { // which never ends
			continue
		}
		q := url.Values{}
		for _, p := range item.Get.Parameters {
			if p.In == "query" && (p.Required || p.Name == "ip" || p.Name == "reason") {
				q.Set(p.Name, cmp.Or(map[string]string{"ip": "198.51.100.1", "to": r.whom[0].String(), "language": "en", "file": "letter.tmpl"}[p.Name], "type:scanner"))
			}
		}
		addresses = append(addresses, strings.TrimSuffix(path+"?"+q.Encode(), "?"))
	}
	slices.Sort(addresses)
	return addresses
}

// filled puts ids into an address.
func (k belongings) filled(address string) string {
	path, query, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for n, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[n] = cmp.Or(k[parts[n-1]], k["incidents"])
		}
	}
	return strings.Join(parts, "/") + "?" + query
}

// anybodys is what a fellow team's program may read of the API too: who it is, and who may do what, which is the same in each installation.
var anybodys = []string{"/api/v1/me", "/api/v1/permissions"}

// asks has everybody read all of the API that there is about something kept, and the team's own program too, for which it is there.
func (r *reading) asks(label tlp.Label, pap tlp.PAP) {
	r.Helper()
	k := r.keep(label, pap)
	told := 0
	for _, path := range r.readable() {
		address := k.filled(path)
		if strings.Contains(r.ask(r.tokens["us"], address).Body.String(), secretWord) {
			told++
		}
		for _, w := range r.whom {
			got := r.ask(r.tokens[w.id], address)
			refused := slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, got.Code)
			if r.cells++; !refused && !slices.Contains(anybodys, path) || strings.Contains(got.Body.String(), secretWord) {
				r.Errorf("%s, of what is %s %s, by %s: %d %.200s", path, label, pap, w, got.Code, got.Body)
			}
			r.by[byAPI]++
		}
	}
	if told < 5 {
		r.Errorf("the team itself is told of what is %s %s by %d addresses only", label, pap, told)
	}
}

const (
	byAPI     = "API"
	byIntelMQ = "IntelMQ"
)

// intelmq has IntelMQ ask whom an event of each feed concerns: those are named who may be told by the feed's terms.
func (r *reading) intelmq() {
	r.Helper()
	type answer struct {
		IP struct {
			Destinations []struct {
				Contacts []struct{ Email string }
			}
		}
		Suppress bool
	}
	owners := slices.DeleteFunc(slices.Clone(r.whom), whom.partner)
	for n, w := range owners {
		_, err := r.a.Register.AddNetwork(r.Context(), tester, constituency.Network{Organisation: w.id, Rule: constituency.ByPrefix, Value: fmt.Sprintf("198.51.100.%d/25", n*128)})
		r.must(err)
		for _, label := range tlp.Labels() {
			for name, receivers := range feedReceivers {
				address := fmt.Sprintf("/intelmq/lookup?ip=198.51.100.%d&classification_type=scanner&feed_code=%s", n*128+1, feedName(label, name))
				var got answer
				r.must(json.Unmarshal(r.ask(r.tokens["us"], address).Body.Bytes(), &got))
				open := len(got.IP.Destinations) == 1 && len(got.IP.Destinations[0].Contacts) == 1 && got.IP.Destinations[0].Contacts[0].Email == w.address
				should := label != tlp.Red && slices.Contains(receivers, string(w.kind))
				r.cells++
				if r.by[byIntelMQ]++; open != should || got.Suppress == should {
					r.Errorf("IntelMQ asks about a feed that is %s, for %v, about %s: %+v", label, receivers, w, got)
				}
				for _, other := range r.whom { // nobody else's program learns whom it concerns
					if body := r.ask(r.tokens[other.id], address).Body.String(); strings.Contains(body, "@org.example") {
						r.Errorf("%s is told whom it concerns: %s", other, body)
					}
					r.by[byIntelMQ]++
				}
			}
		}
	}
}

// Whatever others ask the API for, it tells nothing of the team's own, under whatever label; and IntelMQ learns whom it may tell.
func TestTheAPITellsOthersNothing(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			r := openRoomMatrix(t, engine).openReading()
			var scopes []identity.Scope
			for _, s := range identity.Scopes() {
				if strings.HasSuffix(string(s), ":read") {
					scopes = append(scopes, s)
				}
			}
			var err error
			r.tokens["us"], _, err = r.a.Programs.Make(t.Context(), tester, apitoken.Draft{Name: "us", Scopes: scopes})
			r.must(err)
			for _, label := range tlp.Labels() {
				r.asks(label, tlp.PAPClear)
			}
			r.asks(tlp.Green, tlp.PAPRed)
			r.intelmq()
			if r.by[byAPI] < 1000 || r.by[byIntelMQ] < 300 {
				t.Errorf("only %v cells", r.by)
			}
		})
	}
}
