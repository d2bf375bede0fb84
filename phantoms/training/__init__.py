"""The training of PhantomCLIP: corpus, training, evaluation, model card."""
