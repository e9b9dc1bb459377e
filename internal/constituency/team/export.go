package team

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Export writes the directory in one of the formats that Import reads, by name. FIRST's and Trusted Introducer's hold what these formats have a
// field for; CSV holds all of an entry but keys and dates, and of networks those that a person approved. Errors: Invalid for an unknown format.
func (s *Service) Export(ctx context.Context, actor identity.Actor, w io.Writer, format Format) error {
	if err := actor.Authorise(OpExport, "directory"); err != nil {
		return err
	}
	entries, err := s.entries(ctx, actor)
	if err != nil {
		return err
	}
	var data []byte
	switch format {
	case FormatFIRST:
		data, err = writeFIRST(entries)
	case FormatTI:
		data, err = writeTI(entries)
	case FormatCSV, "":
		data, err = writeCSV(entries)
	default:
		return problem.New(problem.Invalid, "unknown format %q: use one of %s", clip(string(format)), joined(Formats(), ", "))
	}
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return problem.Wrap(problem.Unavailable, err, "write the directory")
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, s.Clock.Now(), OpExport, "directory", nil, map[string]any{"format": format, "teams": len(entries)})
	})
}

// entries reads all of all teams, by name.
func (s *Service) entries(ctx context.Context, actor identity.Actor) (list []Entry, err error) {
	teams, err := s.List(ctx, actor, Filter{})
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = make([]Entry, 0, len(teams))
		for _, t := range teams {
			e, err := entryIn(tx, t.Organisation)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// addresses lists the contacts of a channel, and of the telephones those for emergencies or the others.
func (e Entry) addresses(channel constituency.Channel, emergency bool) (out []string) {
	for _, c := range e.Contacts {
		if c.Channel == channel && c.Purpose != constituency.Legal && (channel != constituency.Phone || (c.Purpose == constituency.AllHours) == emergency) {
			out = append(out, strings.TrimPrefix(c.Address, "tel:"))
		}
	}
	return out
}

// approved lists the networks of a rule that a person approved, "" for all rules.
func (e Entry) approved(rule constituency.Rule) (out []string) {
	for _, n := range e.Networks {
		if n.Approved() && (rule == "" || n.Rule == rule) {
			out = append(out, n.Value)
		}
	}
	return out
}

func writeCSV(entries []Entry) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(csvColumns) // a buffer takes everything
	for _, e := range entries {
		row := make([]string, len(csvColumns))
		for i, column := range csvColumns {
			row[i] = constituency.CSVCell(e.cell(column))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (e Entry) cell(column string) string {
	switch column {
	case "name":
		return e.Organisation.Name
	case "country":
		return string(e.Organisation.Country)
	case "email":
		return strings.Join(e.addresses(constituency.Mail, false), " ")
	case "phone":
		return strings.Join(e.addresses(constituency.Phone, false), "; ")
	case "emergency":
		return strings.Join(e.addresses(constituency.Phone, true), "; ")
	case "networks":
		return strings.Join(e.approved(""), " ")
	}
	return e.Team.fact(column)
}

func writeFIRST(entries []Entry) ([]byte, error) {
	list := make([]map[string]any, 0, len(entries))
	for _, e := range entries {
		t, one := e.Team, map[string]any{"team": e.Organisation.Name, "firehall": oursOf(e.Team)}
		add := func(field string, value string) {
			if value != "" {
				one[field] = value
			}
		}
		add("id", t.SourceID)
		add("team-full", t.FullName)
		add("host", t.Host)
		add("country", string(e.Organisation.Country))
		add("operating-hours", t.Hours)
		add("timezone", t.Zone)
		add("constituency-description", t.Serves)
		add("website", t.Website)
		if mails := e.addresses(constituency.Mail, false); len(mails) > 0 {
			one["email"] = mails
		}
		if phones := e.addresses(constituency.Phone, false); len(phones) > 0 {
			one["phone"] = phones
		}
		if phones := e.addresses(constituency.Phone, true); len(phones) > 0 {
			one["phone-emergency"] = phones
		}
		add("last-modified", t.Updated.UTC().Format(time.RFC1123))
		list = append(list, one)
	}
	return indented(map[string]any{"status": "OK", "status-code": 200, "version": "1.0", "access": "public", "total": len(list), "data": list})
}

func writeTI(entries []Entry) ([]byte, error) {
	list := make([]map[string]any, 0, len(entries))
	for _, e := range entries {
		t := e.Team
		types := strings.Split(t.Serves, ", ")
		countries := []map[string]string{}
		for _, c := range e.approved(constituency.ByCountry) {
			countries = append(countries, map[string]string{"code": strings.TrimPrefix(c, "country:")})
		}
		list = append(list, map[string]any{
			"official_name": t.FullName, "short_name": e.Organisation.Name, "country": map[string]string{"code": string(e.Organisation.Country)},
			"firehall": oursOf(t), "host_organisation": t.Host, "business_hours": t.Hours, "business_hours_timezone": t.Zone, "emails": tiMails(e), "phones": tiPhones(e),
			"constituency": map[string]any{
				"types": types, "asns": numbers(e.approved(constituency.ByASN)), "domains": starred(e.approved(constituency.ByDomain)),
				"ipranges": nonNil(e.approved(constituency.ByPrefix)), "countries": countries,
			},
		})
	}
	return indented(list)
}

func tiMails(e Entry) []map[string]any {
	out := []map[string]any{}
	for _, a := range e.addresses(constituency.Mail, false) {
		out = append(out, map[string]any{"address": a, "usage": []string{"contact"}})
	}
	return out
}

func tiPhones(e Entry) []map[string]any {
	out := []map[string]any{}
	for _, n := range e.addresses(constituency.Phone, false) {
		out = append(out, map[string]any{"number": n, "usage": []string{"voice"}})
	}
	for _, n := range e.addresses(constituency.Phone, true) {
		out = append(out, map[string]any{"number": n, "usage": []string{"voice", "emergency"}})
	}
	return out
}

func numbers(asns []string) []json.Number {
	out := []json.Number{}
	for _, a := range asns {
		out = append(out, json.Number(strings.TrimPrefix(a, "AS")))
	}
	return out
}

func starred(domains []string) []string {
	out := []string{}
	for _, d := range domains {
		out = append(out, "*."+d)
	}
	return out
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func indented(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}
