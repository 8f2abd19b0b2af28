"""What missiond tells Prometheus, read as Prometheus does."""
from prometheus_client.parser import text_string_to_metric_families


class Figures:
    def __init__(self, text):
        self.text = text
        self.families = {}
        self.samples = {}
        for family in text_string_to_metric_families(text):
            assert family.name not in self.families, family.name
            assert family.documentation and family.type != "unknown", family
            self.families[family.name] = family
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples, key
                self.samples[key] = sample.value

    def get(self, name, **labels):
        return self.samples.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        return sum(value for (other, all_labels), value in self.samples.items()
                   if other == name and set(labels.items()) <= all_labels)

    def values(self, name, label):
        return {dict(labels)[label] for (other, labels) in self.samples if other == name}


def read(missiond):
    return Figures(missiond.ctl("metrics").stdout)
