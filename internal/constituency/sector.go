package constituency

import (
	"slices"
	"strings"
)

// Sector is a sector of Directive (EU) 2022/2555 (NIS2), Annex I or II, or one
// of the two words for those outside: education (Art. 2(5)(b)) and other.
type Sector string

// sectorRow is one line of the closed list.
type sectorRow struct {
	name  Sector
	annex int      // 1 or 2; 0 outside the annexes
	title string   // the directive's words
	also  []string // other spellings that people write
}

var sectors = []sectorRow{
	{"energy", 1, "Energy", nil},
	{"energy-electricity", 1, "Energy: electricity", []string{"electricity"}},
	{"energy-district-heating-cooling", 1, "Energy: district heating and cooling", []string{"district-heating-and-cooling"}},
	{"energy-oil", 1, "Energy: oil", []string{"oil"}},
	{"energy-gas", 1, "Energy: gas", []string{"gas"}},
	{"energy-hydrogen", 1, "Energy: hydrogen", []string{"hydrogen"}},
	{"transport", 1, "Transport", []string{"transportation"}},
	{"transport-air", 1, "Transport: air", []string{"air-transport"}},
	{"transport-rail", 1, "Transport: rail", []string{"rail"}},
	{"transport-water", 1, "Transport: water", []string{"maritime"}},
	{"transport-road", 1, "Transport: road", []string{"road-transport"}},
	{"banking", 1, "Banking", []string{"bank"}},
	{"financial-market", 1, "Financial market infrastructures", []string{"financial-market-infrastructure", "financial-market-infrastructures", "finance", "financial"}},
	{"health", 1, "Health", []string{"healthcare", "health-care"}},
	{"drinking-water", 1, "Drinking water", []string{"water"}},
	{"waste-water", 1, "Waste water", []string{"wastewater"}},
	{"digital-infrastructure", 1, "Digital infrastructure", []string{"telecom", "telecommunications"}},
	{"ict-service-management", 1, "ICT service management (business-to-business)", []string{"ict", "ict-service-management-b2b", "ict-service-management-business-to-business"}},
	{"public-administration", 1, "Public administration", []string{"government", "public-sector"}},
	{"space", 1, "Space", nil},
	{"postal-courier", 2, "Postal and courier services", []string{"postal", "postal-and-courier-services"}},
	{"waste-management", 2, "Waste management", nil},
	{"chemicals", 2, "Manufacture, production and distribution of chemicals", []string{"chemical", "manufacture-production-and-distribution-of-chemicals"}},
	{"food", 2, "Production, processing and distribution of food", []string{"production-processing-and-distribution-of-food"}},
	{"manufacturing", 2, "Manufacturing", nil},
	{"manufacturing-medical-devices", 2, "Manufacturing: medical devices", []string{"medical-devices"}},
	{"manufacturing-electronics", 2, "Manufacturing: computer, electronic and optical products", nil},
	{"manufacturing-electrical-equipment", 2, "Manufacturing: electrical equipment", nil},
	{"manufacturing-machinery", 2, "Manufacturing: machinery and equipment n.e.c.", nil},
	{"manufacturing-motor-vehicles", 2, "Manufacturing: motor vehicles, trailers and semi-trailers", nil},
	{"manufacturing-transport-equipment", 2, "Manufacturing: other transport equipment", nil},
	{"digital-providers", 2, "Digital providers", []string{"digital-provider"}},
	{"research", 2, "Research", []string{"research-organisations"}},
	{"education", 0, "Education institutions", nil},
	{"other", 0, "Outside both annexes", nil},
}

// Sectors lists the closed list in the directive's order.
func Sectors() []Sector {
	out := make([]Sector, len(sectors))
	for i, row := range sectors {
		out[i] = row.name
	}
	return out
}

// ParseSector reads a sector by its name, its title or a usual other spelling;
// case, spaces and underscores do not matter. The error names the nearest word.
func ParseSector(s string) (Sector, error) {
	if exact := Sector(s).row(); exact.name != "" { // nearly always, and by far the cheapest
		return exact.name, nil
	}
	word := sectorWord(s)
	known := make([]string, 0, 2*len(sectors))
	for _, row := range sectors {
		if string(row.name) == word || sectorWord(row.title) == word || slices.Contains(row.also, word) {
			return row.name, nil
		}
		known = append(known, string(row.name))
	}
	return "", unknownWord("sector", s, known)
}

// Title returns the directive's words for the sector, "" for an unknown one.
func (s Sector) Title() string { return s.row().title }

// Annex returns 1 or 2 for a sector of NIS2's annexes, 0 outside them.
func (s Sector) Annex() int { return s.row().annex }

func (s Sector) row() sectorRow {
	i := slices.IndexFunc(sectors, func(r sectorRow) bool { return r.name == s })
	if i < 0 {
		return sectorRow{}
	}
	return sectors[i]
}

// sectorWord folds the ways of writing a sector into one: lower case, hyphens.
func sectorWord(s string) string {
	words := strings.FieldsFunc(strings.ToLower(clip(s)), func(r rune) bool {
		return strings.ContainsRune(" _-/:,()\t", r)
	})
	return strings.Join(words, "-")
}
