package team

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
)

// firstFile is what FIRST's API answers at /data/v1/teams. Fields that it does not fill in are missing or null, and some are a text in one
// version and a list in another.
type firstFile struct {
	Status string            `json:"status"`
	Total  texts             `json:"total"`  // teams that there are: an answer has the first hundred of them, if nobody asks for more
	Offset texts             `json:"offset"` // of the first that is here
	Data   []json.RawMessage `json:"data"`
}

// missing says which teams the answer does not have, "" if it has all.
func (f firstFile) missing() string {
	total, _ := strconv.Atoi(f.Total.one())
	offset, _ := strconv.Atoi(f.Offset.one())
	here := max(offset, 0) + len(f.Data)
	if total <= here {
		return ""
	}
	return fmt.Sprintf("this is a part of FIRST's answer: %d of %d teams are here; ask for the rest with ?limit=1000&offset=%d", len(f.Data), total, here)
}

// firstTeam is one team of it.
type firstTeam struct {
	ID             texts `json:"id"`
	Team           texts `json:"team"`
	Full           texts `json:"team-full"`
	Host           texts `json:"host"`
	Country        texts `json:"country"`
	CountryOther   texts `json:"country-other"`
	Email          texts `json:"email"`
	Phone          texts `json:"phone"`
	PhoneEmergency texts `json:"phone-emergency"`
	Hours          texts `json:"operating-hours"`
	Zone           texts `json:"timezone"`
	Constituency   texts `json:"constituency"`
	Description    texts `json:"constituency-description"`
	Website        texts `json:"website"`
	Key            texts `json:"pgp-key"`
	Ours           *ours `json:"firehall"`
}

// texts is a text, a list of them, a number, or nothing.
type texts []string

// UnmarshalJSON reads what directories write where a text is meant.
func (t *texts) UnmarshalJSON(data []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("read a text: %w", err)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	*t = nil
	for _, one := range list {
		switch one := one.(type) {
		case nil, map[string]any, []any, bool:
		case string:
			if s := strings.TrimSpace(one); s != "" {
				*t = append(*t, s)
			}
		default:
			*t = append(*t, fmt.Sprint(one))
		}
	}
	return nil
}

// one is the first text, "" if there is none.
func (t texts) one() string {
	if len(t) == 0 {
		return ""
	}
	return t[0]
}

// published is what teams agreed to have shown when they joined a directory that everybody may read.
var published = []Part{Name, Mail, Phone, Website, Hours, Belonging}

func readFIRST(data []byte) (list []record, rejected []Rejected, err error) {
	var f firstFile
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), &f); err != nil {
		return nil, nil, problem.New(problem.Invalid, "this is no answer of FIRST's teams API: %v", err)
	}
	if f.Data == nil {
		return nil, nil, problem.New(problem.Invalid, `this is no answer of FIRST's teams API: it has no list "data"`)
	}
	if why := f.missing(); why != "" {
		rejected = append(rejected, Rejected{Reason: why})
	}
	for i, raw := range f.Data {
		r := newRecord(i+1, FromFIRST)
		var t firstTeam
		if err := json.Unmarshal(raw, &t); err != nil {
			rejected = append(rejected, aside(r, "the team cannot be read: "+err.Error()))
			continue
		}
		t.into(&r)
		list = append(list, r)
	}
	return list, rejected, nil
}

// into writes a team of FIRST's as a record. FIRST says nothing about networks, and nothing sure about who answers for a country.
func (t firstTeam) into(r *record) {
	r.name, r.country = t.Team.one(), t.Country.one()
	if r.name == "" {
		r.name = t.Full.one()
	}
	r.team.FullName, r.team.Host, r.team.SourceID = t.Full.one(), t.Host.one(), t.ID.one()
	r.team.Serves = strings.Join(append(t.Constituency, t.Description...), ". ")
	r.team.Hours, r.team.Website = t.Hours.one(), webpage(t.Website.one())
	r.team.Zone = knownZone(t.Zone.one())
	r.team.Memberships, r.team.Public = []Membership{FIRST}, published
	for fact, v := range map[string]string{"full_name": r.team.FullName, "host": r.team.Host, "serves": r.team.Serves, "hours": r.team.Hours, "website": r.team.Website, "zone": r.team.Zone} {
		r.say(fact, v != "")
	}
	r.say("memberships", true)
	r.say("source_id", true)
	t.Ours.over(r)
	key := usableKey(r, t.Key.one(), t.Email)
	for i, address := range t.Email {
		if i > 0 {
			key = "" // it is the first one's
		}
		r.contacts = append(r.contacts, mailContact(address, key))
	}
	r.phones(t.Phone, false)
	r.phones(t.PhoneEmergency, true)
}

func (r *record) phones(numbers []string, emergency bool) {
	for _, n := range numbers {
		r.contacts = append(r.contacts, phoneContact(n, emergency))
	}
}

// usableKey is a key if it can be read and is one for the first mailbox, else "" and the reason noted.
func usableKey(r *record, armoured string, mailboxes []string) string {
	if armoured == "" || len(mailboxes) == 0 {
		return ""
	}
	if _, err := constituency.KeyFor(armoured, constituency.Mail, mailboxes[0]); err != nil {
		r.keyless = "key left out: " + err.Error()
		return ""
	}
	return armoured
}

// webpage adds the scheme that some write without.
func webpage(s string) string {
	if s != "" && !strings.Contains(s, "://") {
		return "https://" + s
	}
	return s
}

// knownZone keeps a zone that has a name; offsets such as "GMT+0200" are left out, since they are wrong half the year.
func knownZone(s string) string {
	z, err := zone(s)
	if err != nil {
		return ""
	}
	return z
}
