"""What laboratory devices record: electrocardiograms and gels."""
