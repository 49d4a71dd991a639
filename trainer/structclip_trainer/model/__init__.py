"""The StructCLIP model: an untouched CLIP and the Knowledge-Enhanced Encoder (KEE) over scene-graph triples."""

from transformers import AutoConfig, AutoModel, AutoProcessor

from structclip_trainer.model.config import StructCLIPConfig
from structclip_trainer.model.model import StructCLIPModel
from structclip_trainer.model.processor import StructCLIPProcessor
from structclip_trainer.model.triples import TripleBatch, tokenize_triples

__all__ = ["StructCLIPConfig", "StructCLIPModel", "StructCLIPProcessor", "TripleBatch", "tokenize_triples"]

AutoConfig.register(StructCLIPConfig.model_type, StructCLIPConfig, exist_ok=True)
AutoModel.register(StructCLIPConfig, StructCLIPModel, exist_ok=True)
AutoProcessor.register(StructCLIPConfig, StructCLIPProcessor, exist_ok=True)
