package demo

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed teams.csv
var teams string

// Teams is the file of the fellow teams that the demonstration's own team knows. Networks in it are claims.
func Teams() string { return teams }

// The names that stand in Teams.
const (
	BouvetTeam = "CERT Bouvet"
	HeardTeam  = "CERT Heard"
	CampusTeam = "Polar Campus CSIRT"
)

// Heard is the networks of CERT Heard's claims that a person has approved: the others wait.
func Heard() []string { return []string{"country:HM", "AS64510"} }

// Shared is what a fellow team sent: a bundle of STIX about a phishing kit and its command servers, in names and addresses that nobody has.
func Shared(now time.Time) string {
	at := now.UTC().Add(-26 * time.Hour).Format("2006-01-02T15:04:05.000Z")
	author := `"created_by_ref":"identity--5d0092c5-5f74-4287-9642-33f4c354e56d","created":"` + at + `","modified":"` + at + `","spec_version":"2.1","object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]`
	objects := []string{
		`{"type":"identity","id":"identity--5d0092c5-5f74-4287-9642-33f4c354e56d","spec_version":"2.1","created":"` + at + `","modified":"` + at + `","name":"CERT Bouvet","identity_class":"organization"}`,
		`{"type":"malware","id":"malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061",` + author + `,"name":"Albatross","is_family":true,"malware_types":["remote-access-trojan"]}`,
	}
	for i, one := range [...][3]string{
		{"Command server of Albatross", "[ipv4-addr:value = '203.0.113.230']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a01"},
		{"Phishing kit for savings banks", "[domain-name:value = 'savings-bank.login.example']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a02"},
		{"Loader of Albatross", "[file:hashes.'SHA-256' = '" + strings.Repeat("5f", 32) + "']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a03"},
		{"Machines that guess passwords", "[ipv4-addr:value = '198.51.100.66']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a04"},
		// Nobody has a name under .internal, which ICANN keeps for private use, and no warning list speaks against one: these show what is usual.
		{"Update server of Albatross", "[domain-name:value = 'update.albatross.internal']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a05"},
		{"Gate of Albatross", "[url:value LIKE '%/albatross/gate.php']", "b2b1a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a06"},
	} {
		id := "indicator--" + one[2]
		objects = append(objects, fmt.Sprintf(`{"type":"indicator","id":"%s",%s,"name":"%s","pattern":"%s","pattern_type":"stix","valid_from":"%s","confidence":%d,"indicator_types":["malicious-activity"]}`,
			id, author, one[0], one[1], at, 90-10*i))
		if strings.Contains(one[0], "Albatross") {
			objects = append(objects, fmt.Sprintf(`{"type":"relationship","id":"relationship--c9d9a0d5-6f1c-4c3e-9f0d-9e3c1d6f0a0%d",%s,"relationship_type":"indicates","source_ref":"%s","target_ref":"malware--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"}`, i+1, author, id))
		}
	}
	return `{"type":"bundle","id":"bundle--7b0f8d6e-6f1c-4c3e-9f0d-9e3c1d6f0a00","objects":[` + strings.Join(objects, ",") + `]}`
}
